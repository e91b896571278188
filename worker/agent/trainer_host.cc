#include "worker/agent/trainer_host.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace ff::agent {
namespace {

constexpr size_t kLogBytesAtOnce = 256 * 1024;

}  // namespace

absl::StatusOr<std::shared_ptr<TrainerHost>> TrainerHost::Start(const Program& program, int lanes) {
  absl::StatusOr<std::unique_ptr<ChildProcess>> child = ChildProcess::Spawn(program, lanes);
  if (!child.ok()) return child.status();
  return std::shared_ptr<TrainerHost>(new TrainerHost(program, *std::move(child)));
}

TrainerHost::TrainerHost(Program program, std::unique_ptr<ChildProcess> child)
    : program_(std::move(program)), child_(std::move(child)), logs_(child_->lanes()) {}

int TrainerHost::TakeLane() {
  if (taken_ == child_->lanes() || ended_for_ >= 0 || child_->TryReap()) return -1;
  return taken_++;
}

void TrainerHost::End(int lane) {
  if (ended_for_ < 0 && !child_->TryReap()) ended_for_ = lane;
  child_->Kill();
}

std::string TrainerHost::TakeLog(int lane) {
  ReadLog();
  return std::exchange(logs_[lane], "");
}

void TrainerHost::ReadLog() {
  std::array<char, 16384> block;
  size_t read_now = 0;
  while (child_->stderr_fd() >= 0 && read_now < kLogBytesAtOnce) {
    const ssize_t got = read(child_->stderr_fd(), block.data(), block.size());
    if (got > 0) {
      read_now += got;
      for (int lane = 0; lane < taken_; ++lane) logs_[lane].append(block.data(), got);
    } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
      child_->CloseStderr();
    } else if (errno == EAGAIN) {
      return;
    }
  }
}

absl::StatusOr<TrainerPool::Seat> TrainerPool::Take(const Program& program) {
  const bool shares = lanes_ > 1 && program == lane_program_;
  if (const std::shared_ptr<TrainerHost> host = shared_.lock(); shares && host != nullptr) {
    if (const int lane = host->TakeLane(); lane >= 0) return Seat{host, lane};
  }
  auto host = TrainerHost::Start(program, shares ? lanes_ : 1);
  if (!host.ok()) return host.status();
  if (shares) shared_ = *host;
  return Seat{*host, 0};
}

}  // namespace ff::agent
