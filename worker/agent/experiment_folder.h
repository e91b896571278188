// What an agent keeps of one experiment on disk. Plain paths and small files; for one
// thread at a time.
//
//   <state>/experiments/<sweep>/<experiment>/
//     measurements.jsonl   journal.h
//     log                  standard error of its trainers, at most kMaxLogBytes
//     checkpoints/         worker/checkpoint/
//     finished.json        a final report that the coordinator has not settled yet
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ff/v1/worker.pb.h"

namespace ff::agent {

inline constexpr int64_t kMaxLogBytes = int64_t{64} << 20;

class ExperimentFolder {
 public:
  ExperimentFolder(const std::string& experiments, const std::string& sweep,
                   const std::string& experiment)
      : path_(experiments + "/" + sweep + "/" + experiment) {}

  const std::string& path() const { return path_; }
  std::string checkpoints() const { return path_ + "/checkpoints"; }
  std::string journal() const { return path_ + "/measurements.jsonl"; }

  absl::Status Make() const;
  absl::Status Remove() const;  // with everything in it

  absl::Status AppendLog(absl::string_view text) const;

  // Durable once it returns.
  absl::Status SaveFinished(const v1::AttemptReport& report) const;
  // Nothing saved: empty. DATA_LOSS: what is saved makes no sense.
  absl::StatusOr<std::optional<v1::AttemptReport>> LoadFinished() const;

 private:
  std::string path_;
};

// Ids become folder names: letters, digits, '-', '_' and '.', no leading '.'.
bool IsFolderName(absl::string_view id);

struct FolderName {
  std::string sweep, experiment;
};
// All that are there, in order of their names.
std::vector<FolderName> ListExperimentFolders(const std::string& experiments);

}  // namespace ff::agent
