// Where the private coordinator of a project keeps its things: which folder, which paths
// in it, and a socket path short enough for the kernel. Reads the file system; makes the
// folder and remembers the socket only in Prepare.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/contexts.h"

namespace ff::client {

struct StateFolder {
  std::string path;  // absolute

  std::string Database() const { return path + "/coordinator.db"; }
  std::string WorkerState() const { return path + "/worker"; }
  std::string Lock() const { return path + "/ffctl.lock"; }
  std::string Log(const std::string& role) const { return path + "/" + role + ".log"; }
  std::string PidFile(const std::string& role) const { return path + "/" + role + ".pid"; }
  std::string Settings(const std::string& role) const { return path + "/" + role + ".settings"; }

  // Socket of the coordinator: PATH/coordinator.sock, or where the file PATH/socket says
  // (Prepare writes it where the path would be too long for a socket).
  std::string Socket() const;
};

// ./outputs/state in a folder of flops-fit (one that has outputs/, conf/presets/ or
// flops-fit.sh), else $XDG_STATE_HOME/flops-fit, else ~/.local/state/flops-fit. A command
// that itself writes into ./outputs says `starts_project`: the folder is one of flops-fit
// from then on, and the next command must find the same coordinator.
// FAILED_PRECONDITION: HOME is not set either.
absl::StatusOr<StateFolder> ChooseStateFolder(const std::string& cwd, const Environment& env,
                                              bool starts_project);

// Makes the folder (0700 where it is new) and settles the socket's path: a path longer
// than 107 bytes moves to $XDG_RUNTIME_DIR, else to a private folder under /tmp.
absl::Status PrepareStateFolder(const StateFolder& folder, const Environment& env);

}  // namespace ff::client
