// The private coordinator of a project: one ff-coordinator on a Unix socket and one
// ff-worker, started on demand, left running, found again by the next command, restarted
// if one of them died. A lock file lets two ffctl at once start only one pair. Belongs to
// one thread.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/contexts.h"
#include "client/local/process.h"
#include "client/local/state_folder.h"

namespace ff::client {

// key=value words for the two programs, as a preset's sections give them. Empty: no wish,
// whatever runs is right, and a restart uses what it ran with.
struct PairSettings {
  std::vector<std::string> coordinator;
  std::vector<std::string> worker;
  // Without a worker nothing trains, but plans and results can be had (a login node has no GPU):
  // unless the caller is there to train, one that cannot run is a note and not an error.
  bool must_train = false;
};

struct RoleStatus {
  bool running = false;
  int pid = 0;
};
struct PairStatus {
  RoleStatus coordinator, worker;
  std::string address;  // unix:PATH
};

class LocalCoordinator {
 public:
  // `notes` gets one line for each thing done or wrong-but-not-fatal (standard error);
  // `programs` is where ff-coordinator and ff-worker are looked for before PATH.
  LocalCoordinator(StateFolder folder, Environment env, std::ostream* notes,
                   std::string programs = ProgramFolder());

  const StateFolder& folder() const { return folder_; }
  std::string Address() const { return "unix:" + folder_.Socket(); }

  // The coordinator answers when this returns OK, and a worker runs or was noted not to (see
  // must_train). Says what it started, and where something runs with other settings than
  // `settings` and how to restart it. NOT_FOUND: a program is missing. FAILED_PRECONDITION: one
  // ended at once (with the end of its log).
  absl::Status Up(const PairSettings& settings);

  // Worker first, so that it can hand back its work, then the coordinator.
  absl::Status Down(absl::Duration patience);

  PairStatus Status() const;

 private:
  // True: it was not running and has been started.
  absl::StatusOr<bool> Ensure(const std::string& role, const std::vector<std::string>& fixed,
                              const std::vector<std::string>& wished);
  absl::Status EnsureWorker(const std::vector<std::string>& wished);
  absl::Status WaitUntilReady() const;
  absl::Status EndedAtOnce(const std::string& role) const;

  const StateFolder folder_;
  const Environment env_;
  std::ostream& notes_;
  const std::string programs_;
};

// The last lines of a log file, for messages; empty where there is none.
std::string LogEnd(const std::string& path, size_t lines);

// "127.0.0.1:PORT" where that port is free, else "127.0.0.1:0".
std::string FreeHttpAddress(int preferred_port);

}  // namespace ff::client
