#include "worker/agent/link.h"

#include <grpcpp/grpcpp.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>

#include "conf/load/logging.h"

namespace ff::agent {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(200);
constexpr absl::Duration kLongestPause = absl::Seconds(2);
constexpr auto kCallDeadline = std::chrono::seconds(20);

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address,
                                           const wire::Dialing& dialing) {
  grpc::ChannelArguments arguments;
  // The pauses are ours to choose: gRPC's own reach two minutes.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(64 << 20);
  return wire::Dial(address, dialing, arguments);
}

}  // namespace

Link::Link(const std::string& address, const wire::Dialing& dialing)
    : address_(address),
      stub_(v1::WorkerService::NewStub(MakeChannel(address, dialing))),
      event_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this] { Work(); }) {}

Link::~Link() {
  {
    absl::MutexLock lock(&mutex_);
    closing_ = true;
    if (context_ != nullptr) context_->TryCancel();
  }
  thread_.join();
  close(event_fd_);
}

void Link::Send(v1::SynchronizeRequest request) {
  absl::MutexLock lock(&mutex_);
  request_ = std::move(request);
}

bool Link::busy() const {
  absl::MutexLock lock(&mutex_);
  return request_.has_value() || response_.has_value();
}

std::optional<v1::SynchronizeResponse> Link::Take() {
  absl::MutexLock lock(&mutex_);
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = read(event_fd_, &count, sizeof(count));
  return std::exchange(response_, std::nullopt);
}

void Link::Work() {
  while (true) {
    v1::SynchronizeRequest request;
    {
      absl::MutexLock lock(&mutex_);
      const auto wanted = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return closing_ || (request_.has_value() && !response_.has_value());
      };
      mutex_.Await(absl::Condition(&wanted));
      if (closing_) return;
      request = *request_;
    }
    v1::SynchronizeResponse response;
    if (!CallUntilAnswered(request, response)) return;
    absl::MutexLock lock(&mutex_);
    request_.reset();
    response_ = std::move(response);
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t told = write(event_fd_, &one, sizeof(one));
  }
}

bool Link::CallUntilAnswered(const v1::SynchronizeRequest& request,
                             v1::SynchronizeResponse& response) {
  for (int failures = 0;; ++failures) {
    const grpc::Status status = CallOnce(request, response);
    if (status.ok()) {
      if (failures > 0) conf::LogInfo("the coordinator at ", address_, " answers again");
      return true;
    }
    // Once, and then now and then: an absence of hours must not fill the log.
    if (failures == 0 || failures % 150 == 0) {
      conf::LogWarning("no answer from the coordinator at ", address_, ": ", status.error_message(),
                       " (code ", static_cast<int>(status.error_code()),
                       "); running experiments go on, asking again");
    }
    if (!Pause(failures)) return false;
  }
}

grpc::Status Link::CallOnce(const v1::SynchronizeRequest& request,
                            v1::SynchronizeResponse& response) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kCallDeadline);
  {
    absl::MutexLock lock(&mutex_);
    if (closing_) return grpc::Status::CANCELLED;
    context_ = &context;
  }
  const grpc::Status status = stub_->Synchronize(&context, request, &response);
  absl::MutexLock lock(&mutex_);
  context_ = nullptr;
  return status;
}

// Doubling pauses, each shortened by up to a half, so that workers of a coordinator that
// comes back do not all call at once.
bool Link::Pause(int failures) {
  thread_local std::mt19937 random{std::random_device{}()};
  const double jitter = std::uniform_real_distribution<double>(0.5, 1)(random);
  const absl::Duration pause =
      std::min(kLongestPause, kFirstPause * std::exp2(std::min(failures, 10))) * jitter;
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&closing_), pause);
  return !closing_;
}

}  // namespace ff::agent
