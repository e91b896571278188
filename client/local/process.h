// Detached programs and how to find them again: started in a session of their own with
// nothing inherited but a log file, remembered by pid and start time, so that a pid that
// the kernel has given to somebody else is never signalled. Linux (/proc). Thread-safe.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace ff::client {

struct Process {
  pid_t pid = 0;
  // Clock ticks since boot at which it started, and the boot's id: with the pid they name
  // one process for good.
  std::string start_time;
  std::string boot_id;
};

// Runs words[0] with its arguments: own session, standard input from /dev/null, output
// appended to `log`, no other descriptor inherited, default signals.
absl::StatusOr<Process> StartDetached(const std::vector<std::string>& words,
                                      const std::string& log);

// True while that very process lives (a zombie does not).
bool IsAlive(const Process& process);

// SIGTERM, then up to `patience` of waiting, then SIGKILL. True: it left by itself.
// Nothing is signalled unless IsAlive.
bool StopProcess(const Process& process, absl::Duration patience);

absl::Status WritePidFile(const std::string& path, const Process& process);
// Nothing where there is no such file or it cannot be read.
std::optional<Process> ReadPidFile(const std::string& path);

// The folder of the running program, where the others of an installation stand.
std::string ProgramFolder();

// `name` in `folder`, else along `path_variable`. NOT_FOUND names both places.
absl::StatusOr<std::string> FindProgram(const std::string& name, const std::string& folder,
                                        const std::string& path_variable);

// A lock file held until destruction; other processes wait up to `patience`.
// UNAVAILABLE: somebody else kept it.
class FileLock {
 public:
  static absl::StatusOr<FileLock> Take(const std::string& path, absl::Duration patience);
  FileLock(FileLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace ff::client
