// The reports of one experiment on disk, one line of the trainer protocol each: started,
// measurement and evaluation. After a crash the curve up to the resumed step is read back
// from here, so that it has no hole. Appended lines survive the death of the process;
// Flush makes them survive power loss. For one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "worker/protocol/messages.h"

namespace ff::agent {

class Journal {
 public:
  explicit Journal(std::string path) : path_(std::move(path)) {}
  ~Journal();
  Journal(const Journal&) = delete;

  struct Content {
    std::vector<protocol::Report> reports;  // measurements and evaluations, in order
    double seconds = 0;                     // trained in all attempts together
  };
  // What is there; a line cut short by a crash is passed over. No file: empty.
  absl::StatusOr<Content> Read() const;

  // Removes everything after `step`, adds those of `repeated` (measurements and evaluations up
  // to `step`) that are not there, and returns what there is then, by step. On an error (codes
  // of checkpoint::IoError) the file is as before.
  absl::StatusOr<Content> RewindTo(int64_t step,
                                   const std::vector<protocol::Report>& repeated = {});

  absl::Status Append(const protocol::Report& report);
  absl::Status Flush();

 private:
  absl::Status OpenForAppend();
  void Close();

  const std::string path_;
  int fd_ = -1;
};

}  // namespace ff::agent
