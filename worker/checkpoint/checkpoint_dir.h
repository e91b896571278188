// The checkpoints of one experiment: a folder of step_000000500/ folders, each complete
// with a manifest of SHA-256 hashes or not there at all. A crash, a power loss or a full
// disk at any moment leaves the checkpoints that were complete before as they were.
// One CheckpointDir writes a folder at a time (the agent sees to that); reading beside
// the writer is safe. For one thread at a time.
//
//   CheckpointDir checkpoints(path);
//   auto folder = checkpoints.Begin(500);          // <path>/step_000000500.tmp, empty
//   torch::save(model, *folder + "/state.pt");     // any files, no subfolders
//   auto done = checkpoints.Commit(500);           // hashed, flushed, renamed, pruned
//   auto found = checkpoints.LatestGood();         // found->newest->path + "/state.pt"
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ff::checkpoint {

struct Checkpoint {
  int64_t step = 0;
  std::string path;    // of the complete folder
  std::string sha256;  // of its manifest.json, 64 hex digits
};

struct Found {
  std::optional<Checkpoint> newest;   // none: there is no good one
  std::vector<std::string> rejected;  // newer ones that were passed over: path and reason
};

class CheckpointDir {
 public:
  static constexpr int kKeepAll = 0;

  // `keep`: complete checkpoints left after a Commit; kKeepAll: nothing is ever removed.
  explicit CheckpointDir(std::string path, int keep = 2);

  // Removes what crashes left (*.tmp), makes an empty folder to fill and returns its path.
  // RESOURCE_EXHAUSTED: disk full. UNAVAILABLE: another I/O error. Both name path and cause.
  absl::StatusOr<std::string> Begin(int64_t step);

  // Writes the manifest, flushes every file and folder, renames into place, flushes the
  // parent, removes all but the newest `keep`. Replaces a checkpoint of the same step and
  // removes those of later steps, which this run has gone back behind.
  // On an error (codes as Begin; FAILED_PRECONDITION without a Begin, or for an empty
  // folder) the unfinished folder is removed and older checkpoints stay.
  absl::StatusOr<Checkpoint> Commit(int64_t step);

  // Removes what Begin made, e.g. after the caller's own write failed.
  absl::Status Abandon(int64_t step);

  // The newest checkpoint whose files all have the lengths and hashes of its manifest.
  // No folder, no checkpoint: an empty Found. UNAVAILABLE: the folder cannot be read.
  // `most_steps`: of those that are of no later step.
  absl::StatusOr<Found> LatestGood(int64_t most_steps = std::numeric_limits<int64_t>::max()) const;

 private:
  const std::string path_;
  const int keep_;
};

}  // namespace ff::checkpoint
