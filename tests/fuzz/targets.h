// What the fuzzers feed: each takes any bytes, must not crash, and checks what has to hold of
// any answer. A violated check ends the program, which is how a fuzzer notices.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace ff::fuzz {

struct Target {
  std::string name;  // also its folder under corpus/
  void (*run)(absl::string_view input);
  std::vector<std::string> dictionary;  // words worth inserting
};

// csv: the CSV reader, at once and in small pieces, and screening of what it read.
// json: the same for JSON. budgets: screening and grouping of runs made of the bytes.
const std::vector<Target>& Targets();

}  // namespace ff::fuzz
