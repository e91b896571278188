// ff-coordinator as a real process in a folder of its own; killed with the test.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "ff/v1/analysis.pb.h"
#include "grpcpp/channel.h"

namespace ff::daemon::testing {

class CoordinatorProcess {
 public:
  // `words` are its arguments; standard output and error go to files in `folder`.
  CoordinatorProcess(std::string folder, const std::vector<std::string>& words);
  ~CoordinatorProcess();
  CoordinatorProcess(const CoordinatorProcess&) = delete;
  CoordinatorProcess& operator=(const CoordinatorProcess&) = delete;

  void Signal(int signal) const;
  // Exit status, or 128 + the signal that ended it, once it has ended.
  int Wait();
  std::string Output() const;
  std::string Errors() const;

 private:
  const std::string folder_;
  pid_t pid_ = -1;
};

std::shared_ptr<grpc::Channel> Connect(const std::string& address);

// What the server at `address` says of itself, as soon as there is one (waits a minute).
v1::Info WaitForInfo(const std::string& address);

}  // namespace ff::daemon::testing
