#include "worker/trainer/rank_team.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "worker/trainer/failure.h"
#include "worker/trainer/rank_end.h"

extern char** environ;

namespace ff::trainer {
namespace {

constexpr absl::Duration kLook = absl::Milliseconds(50);
constexpr int kLooksABeat = 20;  // beats come once a second
// Counted in looks of this process: one that was frozen with the others has heard nothing either.
constexpr int kSilentLooks = 30;
constexpr absl::Duration kConnect = absl::Minutes(1), kGoodbye = absl::Seconds(10);

std::string HowItEnded(int status) {
  if (WIFEXITED(status)) return absl::StrCat("exited with code ", WEXITSTATUS(status));
  return absl::StrCat("was killed by signal ", WTERMSIG(status));
}

// Between fork and exec of a process with threads: async-signal-safe calls alone.
[[noreturn]] void Become(int in, char* const* argv, char* const* environment) {
  dup2(in, STDIN_FILENO), dup2(STDERR_FILENO, STDOUT_FILENO);
  syscall(SYS_close_range, 3U, ~0U, 0U);
  execve("/proc/self/exe", argv, environment);
  _exit(127);
}

// This process's, with `changes` in front: the first of a name counts for getenv(3).
std::vector<std::string> EnvironmentWith(std::vector<std::string> changes) {
  std::vector<std::string> all = changes;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string line = *entry, name = line.substr(0, line.find('=') + 1);
    const bool changed =
        std::any_of(changes.begin(), changes.end(),
                    [&](const std::string& change) { return change.rfind(name, 0) == 0; });
    if (!changed) all.push_back(line);
  }
  return all;
}

std::vector<char*> Pointers(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

RankTeam::~RankTeam() { Dismiss(); }

absl::StatusOr<RankGroup*> RankTeam::Begin(protocol::StartOrder& order) {
  std::vector<std::string> devices = absl::StrSplit(order.device, ',');
  auto all = static_cast<int>(devices.size());
  if (all == 1) {
    const auto place = PlaceFromEnvironment();
    if (!place.ok()) return WithKind(place.status(), "device");
    if (place->has_value()) all = (*place)->ranks;
  }
  const int ranks =
      static_cast<int>(std::min<int64_t>(all, std::max<int64_t>(order.plan.batch_size, 1)));
  const std::string list = order.device;
  order.device = devices.front();
  if (ranks == 1) return nullptr;
  protocol::StartOrder theirs = order;
  theirs.device = list;
  absl::Status status = Gather(devices);
  if (status.ok()) {
    {
      absl::MutexLock lock(&mutex_);
      running_ = ranks;
      beats_.assign(all, {});
    }
    status = Call(ranks, order.device, protocol::ToLine(protocol::Order(theirs)));
  }
  if (status.ok()) return group_.get();
  Dismiss();
  return WithKind(status, "device");
}

// Gives the others the start and meets them.
absl::Status RankTeam::Call(int ranks, const std::string& device, const std::string& start) {
  const std::string number = absl::StrCat(++runs_);
  absl::Status sent = rendezvous_->Set("run/" + number, absl::StrCat(ranks, "\n", start));
  if (!sent.ok()) return sent;
  if (group_ != nullptr && group_->ranks() == ranks && group_->device() == device) return sent;
  group_.reset();
  auto group = RankGroup::Join(*rendezvous_, {0, ranks, device, "group/" + number});
  if (group.ok()) group_ = *std::move(group);
  return group.status();
}

// One that leaves before this process has all that it sent would take it along; and one that leaves
// now must not be counted on for the next run.
void RankTeam::End() {
  int others = 0;
  {
    absl::MutexLock lock(&mutex_);
    others = std::exchange(running_, 0) - 1;
  }
  if (others <= 0) return;
  rendezvous_->Set(absl::StrCat("done/", runs_), "").IgnoreError();
  const absl::Time deadline = absl::Now() + kGoodbye;
  int64_t stay = 0, leave = 0;
  while (stay + leave < others && absl::Now() < deadline) {
    absl::SleepFor(kLook / 10);
    stay = rendezvous_->Add(absl::StrCat("stays/", runs_), 0).value_or(0);
    leave = rendezvous_->Add(absl::StrCat("leaves/", runs_), 0).value_or(0);
  }
  absl::MutexLock lock(&mutex_);
  broken_ = broken_ || stay < others;
}

// As they are from the run before, if they are sound and the same; else anew.
absl::Status RankTeam::Gather(const std::vector<std::string>& devices) {
  bool broken = false;
  {
    absl::MutexLock lock(&mutex_);
    LookAtProcesses();
    broken = broken_;
  }
  if (rendezvous_ != nullptr && !broken && devices == devices_) return absl::OkStatus();
  Dismiss();
  devices_ = devices;
  const bool launched = devices.size() == 1;
  const auto place = PlaceFromEnvironment();
  if (launched && !place.ok()) return place.status();
  auto rendezvous =
      launched ? Rendezvous::Host((*place)->host, (*place)->port) : Rendezvous::HostOnLoopback();
  if (!rendezvous.ok()) return rendezvous.status();
  rendezvous_ = *std::move(rendezvous);
  for (size_t rank = 1; rank < devices.size() && !launched; ++rank) {
    if (absl::Status s = Spawn(static_cast<int>(rank), devices[rank]); !s.ok()) return s;
  }
  watcher_ = std::thread([this] { Watch(); });
  return absl::OkStatus();
}

absl::Status RankTeam::Spawn(int rank, const std::string& device) {
  int in[2];
  if (pipe2(in, O_CLOEXEC) != 0) {
    return absl::UnavailableError(absl::StrCat("no pipe for rank ", rank, ": ", strerror(errno)));
  }
  std::vector<std::string> words = {"ff-trainer", "--follow"};
  const char* log_level = std::getenv("TORCH_CPP_LOG_LEVEL");
  std::vector<std::string> environment = EnvironmentWith(
      {absl::StrCat("RANK=", rank), absl::StrCat("WORLD_SIZE=", devices_.size()),
       absl::StrCat("LOCAL_RANK=", rank), absl::StrCat("FF_RANK_PORT=", rendezvous_->port()),
       absl::StrCat("MASTER_ADDR=", rendezvous_->host()), "FF_RANK_LOCAL=1",
       // c10d warns at length when rank 0 has gone, which is how these ranks end.
       absl::StrCat("TORCH_CPP_LOG_LEVEL=", log_level == nullptr ? "ERROR" : log_level)});
  const std::vector<char*> argv = Pointers(words), envp = Pointers(environment);
  const pid_t pid = fork();
  if (pid == 0) Become(in[0], argv.data(), envp.data());
  const int error = errno;
  close(in[0]);
  if (pid < 0) {
    close(in[1]);
    return absl::UnavailableError(
        absl::StrCat("cannot start a process for rank ", rank, ": ", strerror(error)));
  }
  absl::MutexLock lock(&mutex_);
  followers_.push_back({pid, in[1], rank, device});
  return absl::OkStatus();
}

void RankTeam::Dismiss() {
  std::vector<Follower> followers;
  {
    absl::MutexLock lock(&mutex_);
    leaving_ = true, running_ = 0;
    followers = std::exchange(followers_, {});
  }
  if (watcher_.joinable()) watcher_.join();
  for (const Follower& follower : followers) {
    close(follower.stdin_fd);
    if (follower.pid < 0) continue;
    kill(follower.pid, SIGKILL);  // it may be waiting for the others, and has nothing to lose
    while (waitpid(follower.pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  group_.reset();  // after the others: nobody waits for anybody
  rendezvous_.reset();
  runs_ = 0;
  absl::MutexLock lock(&mutex_);
  leaving_ = broken_ = false;
}

// By a connection of its own, since the other may wait for a group to come together.
void RankTeam::Watch() {
  auto rendezvous = Rendezvous::Join(rendezvous_->host(), rendezvous_->port(), kConnect);
  if (!rendezvous.ok()) EndProcess(std::string(rendezvous.status().message()));
  for (int look = 0;; ++look) {
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&leaving_), kLook)) return;
    LookAtProcesses();
    if (look % kLooksABeat == 0) LookForSilence(**rendezvous);
  }
}

// One that was asked to leave (code 0) has done its part of the run; the next needs another.
void RankTeam::LookAtProcesses() {
  for (Follower& follower : followers_) {
    int status = 0;
    if (follower.pid < 0 || waitpid(follower.pid, &status, WNOHANG) != follower.pid) continue;
    if (running_ > follower.rank && status != 0) {
      EndProcess(absl::StrCat("rank ", follower.rank, " (", follower.device, ", process ",
                              follower.pid, ") ", HowItEnded(status),
                              "; the ranks of an experiment end together"));
    }
    follower.pid = -1, broken_ = true;
  }
}

void RankTeam::LookForSilence(Rendezvous& rendezvous) {
  for (int rank = 1; rank < running_; ++rank) {
    const auto count = rendezvous.Add(absl::StrCat("beat/", rank), 0);
    if (!count.ok()) return;  // this process keeps the store: then it is on its way out
    Beat& beat = beats_[rank];
    beat.silent = *count == beat.count ? beat.silent + 1 : 0;
    beat.count = *count;
    if (beat.count > 0 && beat.silent >= kSilentLooks) {
      EndProcess(absl::StrCat("rank ", rank, " was not heard of for ", kSilentLooks,
                              " seconds; the ranks of an experiment end together"));
    }
  }
}

}  // namespace ff::trainer
