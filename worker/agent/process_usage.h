// What a process takes of the host, as /proc says it. Thread-safe.
#pragma once

#include <sys/types.h>

#include <optional>

namespace ff::agent {

struct ProcessUsage {
  double resident_bytes = 0;
  double cpu_seconds = 0;  // of all its threads since its start, in user and kernel mode
};

// None: there is no such process any more, or no /proc.
std::optional<ProcessUsage> ReadUsage(pid_t pid);

}  // namespace ff::agent
