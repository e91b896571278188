#include "worker/checkpoint/checkpoint_dir.h"

#include <fcntl.h>
#include <stdio.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "worker/checkpoint/durable.h"
#include "worker/checkpoint/manifest.h"

namespace ff::checkpoint {
namespace {

constexpr char kPrefix[] = "step_";
constexpr char kUnfinished[] = ".tmp";

std::string Complete(const std::string& path, int64_t step) {
  return absl::StrFormat("%s/%s%09d", path, kPrefix, step);
}

std::string Unfinished(const std::string& path, int64_t step) {
  return Complete(path, step) + kUnfinished;
}

// Complete checkpoints by step. A folder that does not exist holds none.
absl::StatusOr<std::map<int64_t, std::string>> CompleteSteps(const std::string& path) {
  std::map<int64_t, std::string> steps;
  const absl::StatusOr<std::vector<std::string>> names = ListFolder(path);
  if (absl::IsNotFound(names.status())) return steps;
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    absl::string_view digits = name;
    int64_t step = 0;
    if (!absl::ConsumePrefix(&digits, kPrefix) || !absl::SimpleAtoi(digits, &step)) continue;
    steps[step] = absl::StrCat(path, "/", name);
  }
  return steps;
}

absl::Status SweepUnfinished(const std::string& path) {
  const absl::StatusOr<std::vector<std::string>> names = ListFolder(path);
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    if (!absl::EndsWith(name, kUnfinished)) continue;
    absl::Status removed = RemoveFolder(absl::StrCat(path, "/", name));
    if (!removed.ok()) return removed;
  }
  return absl::OkStatus();
}

// rename() does not replace a folder that holds files: where there is a checkpoint of the
// same step already, the two change places at once and the old one is removed as a .tmp.
absl::Status MoveIntoPlace(const std::string& unfinished, const std::string& complete) {
  if (rename(unfinished.c_str(), complete.c_str()) == 0) return absl::OkStatus();
  if (errno != ENOTEMPTY && errno != EEXIST) return IoError("renaming", unfinished, errno);
  const int exchanged =
      renameat2(AT_FDCWD, unfinished.c_str(), AT_FDCWD, complete.c_str(), RENAME_EXCHANGE);
  if (exchanged == 0) return RemoveFolder(unfinished);
  // A file system that cannot exchange (NFS): the older checkpoint is still there meanwhile.
  if (absl::Status removed = RemoveFolder(complete); !removed.ok()) return removed;
  if (rename(unfinished.c_str(), complete.c_str()) == 0) return absl::OkStatus();
  return IoError("renaming", unfinished, errno);
}

// Half removed it would be reported as damaged: under its new name it is just rubbish.
absl::Status RemoveComplete(const std::string& folder) {
  const std::string rubbish = folder + kUnfinished;
  if (rename(folder.c_str(), rubbish.c_str()) != 0) return IoError("renaming", folder, errno);
  return RemoveFolder(rubbish);
}

// Leaves `keep` checkpoints up to `step`. Later ones go: training went back behind them,
// so they are damaged or belong to a run that was begun anew.
absl::Status Prune(const std::string& path, int64_t step, int keep) {
  const auto steps = CompleteSteps(path);
  if (!steps.ok()) return steps.status();
  for (auto newest = steps->rbegin(); newest != steps->rend(); ++newest) {
    if (newest->first <= step && keep-- > 0) continue;
    if (absl::Status removed = RemoveComplete(newest->second); !removed.ok()) return removed;
  }
  return absl::OkStatus();
}

// Also the entry of a new folder in its parent reaches the disk.
absl::Status MakeCheckpointFolder(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return absl::OkStatus();
  if (absl::Status made = MakeFolder(path); !made.ok()) return made;
  return Flush(std::filesystem::absolute(path).parent_path().string());
}

}  // namespace

CheckpointDir::CheckpointDir(std::string path, int keep) : path_(std::move(path)), keep_(keep) {}

absl::StatusOr<std::string> CheckpointDir::Begin(int64_t step) {
  if (step < 0) return absl::InvalidArgumentError(absl::StrCat("checkpoint of step ", step));
  absl::Status status = MakeCheckpointFolder(path_);
  if (status.ok()) status = SweepUnfinished(path_);
  const std::string folder = Unfinished(path_, step);
  if (status.ok()) status = MakeFolder(folder);
  if (!status.ok()) return status;
  return folder;
}

absl::StatusOr<Checkpoint> CheckpointDir::Commit(int64_t step) {
  const std::string unfinished = Unfinished(path_, step);
  Checkpoint checkpoint{step, Complete(path_, step), ""};
  std::error_code error;
  if (!std::filesystem::is_directory(unfinished, error)) {
    return absl::FailedPreconditionError("no checkpoint was begun at " + unfinished);
  }
  absl::StatusOr<std::string> sha256 = WriteManifest(unfinished, step);
  absl::Status status = sha256.status();
  if (status.ok()) status = Flush(unfinished);
  if (status.ok()) status = MoveIntoPlace(unfinished, checkpoint.path);
  if (!status.ok()) {
    Abandon(step).IgnoreError();  // the first error is the one that explains
    return status;
  }
  status = Flush(path_);
  if (status.ok() && keep_ != kKeepAll) status = Prune(path_, step, keep_);
  if (!status.ok()) return status;
  checkpoint.sha256 = *std::move(sha256);
  return checkpoint;
}

absl::Status CheckpointDir::Abandon(int64_t step) { return RemoveFolder(Unfinished(path_, step)); }

absl::StatusOr<Found> CheckpointDir::LatestGood(int64_t most_steps) const {
  const auto steps = CompleteSteps(path_);
  if (!steps.ok()) return steps.status();
  Found found;
  for (auto newest = steps->rbegin(); newest != steps->rend(); ++newest) {
    if (newest->first > most_steps) continue;
    const absl::StatusOr<std::string> sha256 = VerifyManifest(newest->second, newest->first);
    if (sha256.ok()) {
      found.newest = {newest->first, newest->second, *sha256};
      break;
    }
    found.rejected.push_back(
        absl::StrCat(newest->second, ": ", std::string(sha256.status().message())));
  }
  return found;
}

}  // namespace ff::checkpoint
