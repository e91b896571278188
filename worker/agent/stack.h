// Where a process stands, for the log of a trainer that has stalled: by eu-stack or gdb where
// one of them is installed and may look, else what the kernel knows of its threads.
// Thread-safe.
#pragma once

#include <sys/types.h>

#include <string>

#include "absl/time/time.h"

namespace ff::agent {

// Takes at most about `patience`. Never empty.
std::string StackOf(pid_t pid, absl::Duration patience);

// From /proc alone: name, state, system call and kernel function of each thread.
std::string KernelViewOf(pid_t pid);

}  // namespace ff::agent
