#include "worker/tokenizer/progress.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"

namespace ff::tokenizer {
namespace {

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Progress::Progress(std::string what, int64_t total_bytes)
    : terminal_(isatty(STDERR_FILENO) != 0),
      what_(std::move(what)),
      total_(total_bytes),
      begin_(Now()),
      thread_([this] { DrawForever(); }) {}

Progress::~Progress() {
  {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }
  thread_.join();
  Draw(true);
}

void Progress::Becomes(std::string what, int64_t total_bytes) {
  Draw(true);
  absl::MutexLock lock(&mutex_);
  what_ = std::move(what);
  total_ = total_bytes, begin_ = Now(), done_ = 0;
}

void Progress::Draw(bool last) {
  absl::MutexLock lock(&mutex_);
  std::string line = what_;
  if (total_ > 0) {
    const auto done = static_cast<double>(done_), total = static_cast<double>(total_);
    absl::StrAppendFormat(&line, ": %.0f %% (%.1f of %.1f MB)", 100 * done / total, done / 1e6,
                          total / 1e6);
  }
  absl::StrAppendFormat(&line, ", %.1f s", Now() - begin_);
  const char* end = terminal_ && !last ? "" : "\n";
  std::fprintf(stderr, "%s%s%s", terminal_ ? "\r\033[K" : "", line.c_str(), end);
}

void Progress::DrawForever() {
  const absl::Duration pause = terminal_ ? absl::Milliseconds(200) : absl::Seconds(10);
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&ended_), pause)) return;
    }
    Draw(false);
  }
}

}  // namespace ff::tokenizer
