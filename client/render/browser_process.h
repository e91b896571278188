// One headless Chromium with a throw-away profile, spoken to over a pipe (no port is
// opened). Ended and its profile removed by the destructor, children included, whatever
// state it is in. Not thread-safe: one thread at a time.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace ff::render {

class BrowserProcess {
 public:
  // UNAVAILABLE: the program could not be started or no temporary folder be made.
  static absl::StatusOr<std::unique_ptr<BrowserProcess>> Start(const std::string& program);
  ~BrowserProcess();
  BrowserProcess(const BrowserProcess&) = delete;
  BrowserProcess& operator=(const BrowserProcess&) = delete;

  // Sends one message of the DevTools protocol (JSON). DEADLINE_EXCEEDED or UNAVAILABLE
  // with what the browser last wrote to stderr.
  absl::Status Write(const std::string& message, absl::Time deadline);
  // The next message from the browser; same errors.
  absl::StatusOr<std::string> Read(absl::Time deadline);

  pid_t pid() const { return pid_; }
  const std::string& profile() const { return profile_; }

 private:
  BrowserProcess() = default;
  absl::Status Spawn(const std::string& program);
  absl::Status WaitFor(int fd, short events, absl::Time deadline) const;
  absl::Status Gone(const std::string& what) const;

  std::string profile_;  // temporary folder: user data and stderr
  pid_t pid_ = -1;       // also its process group
  int to_browser_ = -1;
  int from_browser_ = -1;
  std::string pending_;  // read, but not yet a whole message
};

}  // namespace ff::render
