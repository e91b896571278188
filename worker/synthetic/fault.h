// Faults that a test asks the stand-in trainer for, by FF_SYNTHETIC_FAULT="kind:number".
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace ff::synthetic {

struct Fault {
  enum class Kind { kNone, kCrash, kHang, kNan, kGarbage, kExit };
  Kind kind = Kind::kNone;
  int64_t number = 0;  // the step, or the exit code

  // Whether `wanted` strikes instead of finishing `step`.
  bool At(Kind wanted, int64_t step) const { return kind == wanted && number == step; }
};

// One line for each fault, for --help.
std::string FaultHelp();

// Empty: no fault. INVALID_ARGUMENT: lists the faults there are.
absl::StatusOr<Fault> ParseFault(const std::string& text);

}  // namespace ff::synthetic
