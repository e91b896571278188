// The way to the coordinator: one Synchronize at a time, in a thread of its own, repeated
// as it was until it is answered, with growing pauses and jitter while nobody answers. The
// owner's thread is never blocked; it polls fd() or asks Take.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "ff/v1/worker.grpc.pb.h"
#include "proto/wire/channel.h"

namespace ff::agent {

class Link {
 public:
  // `address`: HOST:PORT or unix:PATH. Nothing is sent yet.
  explicit Link(const std::string& address, const wire::Dialing& dialing = {});
  // Gives up what is under way.
  ~Link();
  Link(const Link&) = delete;

  // Needs a link that is not busy.
  void Send(v1::SynchronizeRequest request);
  bool busy() const;
  // The answer, once.
  std::optional<v1::SynchronizeResponse> Take();
  // Readable when there is an answer to take.
  int fd() const { return event_fd_; }

 private:
  void Work();
  // False: shutting down.
  bool CallUntilAnswered(const v1::SynchronizeRequest& request, v1::SynchronizeResponse& response);
  grpc::Status CallOnce(const v1::SynchronizeRequest& request, v1::SynchronizeResponse& response);
  bool Pause(int failures);

  const std::string address_;
  const std::unique_ptr<v1::WorkerService::Stub> stub_;
  const int event_fd_;
  mutable absl::Mutex mutex_;
  std::optional<v1::SynchronizeRequest> request_ ABSL_GUARDED_BY(mutex_);
  std::optional<v1::SynchronizeResponse> response_ ABSL_GUARDED_BY(mutex_);
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace ff::agent
