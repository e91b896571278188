// How ffctl says that something went wrong: what, why or where, and the command to run
// next; and the exit code it ends with. Both are read from an absl::Status, so that every
// command just returns one. Pure; thread-safe.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "client/print/text.h"

namespace ff::client {

// Documented in `ffctl --help`; scripts rely on them.
enum class Exit {
  kOk = 0,
  kError = 1,
  kUsage = 2,
  kNotFound = 3,
  kUnauthorized = 4,
  kUnreachable = 5,
  kExperimentsFailed = 6,
  kTimeout = 7,
  kInterrupted = 130,
  kDiffFailed = 255,  // plan --diff alone, whose 1 means that something changed
};

// NOT_FOUND, ALREADY_EXISTS and ABORTED are kNotFound (not found or conflict),
// INVALID_ARGUMENT kUsage, UNAVAILABLE kUnreachable, DEADLINE_EXCEEDED kTimeout ...
Exit ExitOf(const absl::Status& status);

// The table of --help: one line a code.
std::string ExitCodeHelp();

// A status whose message is `what`, further lines `why`, and a next step kept apart.
// `why` and `next` may be empty.
absl::Status Fail(absl::StatusCode code, const std::string& what, const std::string& why,
                  const std::string& next);

// The same status with a next step, unless it has one already. OK stays OK.
absl::Status WithNext(absl::Status status, const std::string& next);
std::string NextOf(const absl::Status& status);

// "error: what\n  why\n  next: command\n". The status may come from a server: its text is
// made visible.
std::string ErrorText(const absl::Status& status, const Style& style);

}  // namespace ff::client
