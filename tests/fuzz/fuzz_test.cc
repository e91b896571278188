// Fuzzing of the readers and the grouping: the kept corpus, then inputs made of it. A short
// run by default; FF_FUZZ_INPUTS=1000000 FF_FUZZ_SEED=7 for a long one, best in the asan build:
//   FF_FUZZ_INPUTS=1000000 build/asan/bin/fuzz_test --gtest_filter='*csv*'
// An input that ends the program is written to fuzz-TARGET.input where the program runs; put
// it into corpus/TARGET/ once it is mended. tests/fuzz/libfuzzer.cc is the door for Clang.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/numbers.h"
#include "tests/fuzz/mutator.h"
#include "tests/fuzz/targets.h"

extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace ff::fuzz {
namespace {

std::string current_input, current_name;

void KeepInput() {
  std::ofstream("fuzz-" + current_name + ".input", std::ios::binary) << current_input;
}

void KeepInputOnSignal(int signal) {
  KeepInput();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

uint64_t Setting(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  uint64_t value = 0;
  return text != nullptr && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

std::vector<std::string> Corpus(const std::string& name) {
  std::vector<std::string> corpus;
  const std::string folder = std::string(FF_SOURCE_DIR) + "/tests/fuzz/corpus/" + name;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  std::sort(corpus.begin(), corpus.end());  // the folder's order is nobody's
  return corpus;
}

class Fuzz : public testing::TestWithParam<Target> {
 protected:
  void Run(const std::string& input) {
    current_input = input;
    GetParam().run(current_input);
  }
  void SetUp() override {
    current_name = GetParam().name;
    if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(&KeepInput);
    std::signal(SIGABRT, &KeepInputOnSignal);
  }
  // A leak is found as the program ends: no input is known then, nor is there a string to keep it.
  void TearDown() override {
    if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback([] {});
    std::signal(SIGABRT, SIG_DFL);
  }
};

TEST_P(Fuzz, NothingCrashesIt) {
  const std::vector<std::string> corpus = Corpus(GetParam().name);
  ASSERT_FALSE(corpus.empty());
  for (const std::string& input : corpus) Run(input);
  Run("");
  Mutator mutator(Setting("FF_FUZZ_SEED", 1), corpus, GetParam().dictionary);
  const uint64_t inputs = Setting("FF_FUZZ_INPUTS", 20'000);
  for (uint64_t i = 0; i < inputs; ++i) Run(mutator.Next(4096));
  std::printf("%s: %zu kept and %llu made inputs\n", GetParam().name.c_str(), corpus.size(),
              static_cast<unsigned long long>(inputs));
}

INSTANTIATE_TEST_SUITE_P(All, Fuzz, testing::ValuesIn(Targets()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace ff::fuzz
