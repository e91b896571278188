// The door for libFuzzer, built by Clang alone: -DFF_LIBFUZZER=ON makes bin/fuzz_formats and the
// other groups. FF_FUZZ_TARGET chooses the target, the first of the group by default:
//   FF_FUZZ_TARGET=filter build/fuzz/bin/fuzz_formats -max_len=256 NEW tests/fuzz/corpus/filter
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/targets.h"

namespace {

const ff::fuzz::Target* Chosen() {
  const char* const name = std::getenv("FF_FUZZ_TARGET");
  if (name == nullptr) return &ff::fuzz::Targets()[0];
  for (const ff::fuzz::Target& one : ff::fuzz::Targets()) {
    if (one.name == name) return &one;
  }
  std::fprintf(stderr, "FF_FUZZ_TARGET=%s is none of this program's:", name);
  for (const ff::fuzz::Target& one : ff::fuzz::Targets()) {
    std::fprintf(stderr, " %s", one.name.c_str());
  }
  std::fprintf(stderr, "\n");
  std::exit(1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const ff::fuzz::Target* const target = Chosen();
  target->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
