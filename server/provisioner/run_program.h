// Runs a program to its end: no shell, its output kept, its time bounded. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace ff::provisioner {

struct ProgramOutput {
  int exit_code = 0;     // 128 + signal where one ended it
  std::string out, err;  // the first MiB of each
};

// `words`: the program, looked for on PATH, and its arguments. Standard input is empty; signals
// are as a shell would leave them. NOT_FOUND: there is no such program. DEADLINE_EXCEEDED: it took
// longer than `patience` and was killed, with what it started. Any exit code is OK.
absl::StatusOr<ProgramOutput> RunProgram(const std::vector<std::string>& words,
                                         absl::Duration patience);

}  // namespace ff::provisioner
