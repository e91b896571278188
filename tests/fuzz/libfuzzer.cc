// The door for libFuzzer, built by Clang alone: -DFF_LIBFUZZER=ON makes bin/fuzz_libfuzzer.
//   FF_FUZZ_TARGET=csv build/fuzz/bin/fuzz_libfuzzer tests/fuzz/corpus/csv
#include <cstdint>
#include <cstdlib>

#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const ff::fuzz::Target* const target = [] {
    const char* const name = std::getenv("FF_FUZZ_TARGET");
    for (const ff::fuzz::Target& one : ff::fuzz::Targets()) {
      if (name != nullptr && one.name == name) return &one;
    }
    return &ff::fuzz::Targets()[0];
  }();
  target->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
