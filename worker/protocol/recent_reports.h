// The newest measurements and evaluations of a run, which a trainer saves with each
// checkpoint and repeats when it resumes from it. Without them a curve could have a hole: a
// report that lay in the pipe when the agent died was read by nobody, yet the checkpoint
// after it exists. For one thread.
//
// How many: a pipe holds 64 KiB and the agent's reader a line of at most as much again; a
// report is 100 bytes or more, so that 2 * 65,536 / 100 = 1,311 can be lost at once.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "worker/protocol/messages.h"

namespace ff::protocol {

class RecentReports {
 public:
  static constexpr size_t kMost = 2048;
  static constexpr char kFile[] = "/reports.jsonl";  // in a checkpoint's folder

  // Measurements and evaluations; others are passed over.
  void Add(const Report& report);

  std::string ToText() const;  // a line a report, oldest first

  // Replaces what is held by the lines of ToText. INVALID_ARGUMENT names the line that is no
  // report; what is held is then as before.
  absl::Status Restore(absl::string_view text);

  // Oldest first.
  std::vector<Report> reports() const;

 private:
  std::deque<std::string> lines_;  // as text: a checkpoint writes them, hardly anybody reads
};

}  // namespace ff::protocol
