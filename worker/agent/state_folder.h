// The agent's folder on disk: who this worker is, and a folder for each experiment it has
// touched. One agent at a time: the folder is locked while the object lives.
// For one thread.
//
//   <state>/lock                          held with flock(2); holds the owner's pid
//   <state>/worker_id
//   <state>/experiments/<sweep>/<experiment>/   see experiment_folder.h
//   <state>/trunks/<trunk>/               worker/checkpoint/trunk_dir.h; swept after two weeks
//   <state>/weights/<experiment>/         model.safetensors and config.json, where plans ask for
//   them
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace ff::agent {

class StateFolder {
 public:
  // ALREADY_EXISTS: another agent has it (names its pid). UNAVAILABLE, RESOURCE_EXHAUSTED:
  // it cannot be made or written.
  static absl::StatusOr<std::unique_ptr<StateFolder>> Open(const std::string& path);
  ~StateFolder();
  StateFolder(const StateFolder&) = delete;

  const std::string& path() const { return path_; }  // absolute
  const std::string& worker_id() const { return worker_id_; }
  std::string experiments() const { return path_ + "/experiments"; }
  std::string trunks() const { return path_ + "/trunks"; }
  std::string weights() const { return path_ + "/weights"; }

  // Bytes that may still be written; negative: unknown.
  double FreeBytes() const;

 private:
  StateFolder(std::string path, int lock_fd) : path_(std::move(path)), lock_fd_(lock_fd) {}
  absl::Status ReadOrMakeWorkerId();

  const std::string path_;
  const int lock_fd_;
  std::string worker_id_;
};

// 16 random hex digits.
std::string RandomId();

}  // namespace ff::agent
