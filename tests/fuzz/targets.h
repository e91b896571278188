// What the fuzzers feed: each takes any bytes, must not crash, and checks what has to hold of
// any answer. A violated check ends the program, which is how a fuzzer notices. Programs link one
// group of targets, so that a change of one parser does not build them all.
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

// The targets of the group that the program links:
//   readers.cc  csv, json, lines, asked (columns), rows (of flops-fit's files), budgets
//   formats.cc  messages and stream of the trainer protocol, journal, manifest, tokens, filter
//   config.cc   yaml, override
//   http.cc     request
const std::vector<Target>& Targets();

}  // namespace ff::fuzz
