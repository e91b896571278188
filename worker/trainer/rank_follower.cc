#include "worker/trainer/rank_follower.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "worker/protocol/writer.h"
#include "worker/trainer/order_queue.h"
#include "worker/trainer/rank_end.h"
#include "worker/trainer/rank_group.h"
#include "worker/trainer/rank_place.h"
#include "worker/trainer/rendezvous.h"
#include "worker/trainer/stop_signals.h"
#include "worker/trainer/training_run.h"

namespace ff::trainer {
namespace {

constexpr absl::Duration kLook = absl::Milliseconds(20), kBeat = absl::Seconds(1);
constexpr absl::Duration kConnect = absl::Minutes(10), kAgain = absl::Seconds(1);

// Of rank 0 that started it the pipe; of a launcher nothing: its end of file has no meaning.
int LifeLine(const RankPlace& place) {
  if (place.local) return STDIN_FILENO;
  int ends[2];
  return pipe2(ends, O_CLOEXEC) == 0 ? ends[0] : STDIN_FILENO;
}

// Rank 0 is gone, and has said why.
[[noreturn]] void EndWithFirst(const RankPlace& place) {
  EndProcess(place.local ? "" : absl::StrCat("rank ", place.rank, ": rank 0 is gone"));
}

void Beat(const RankPlace& place) {
  auto rendezvous = Rendezvous::Join(place.host, place.port, kConnect);
  while (rendezvous.ok() && (*rendezvous)->Add(absl::StrCat("beat/", place.rank), 1).ok()) {
    absl::SleepFor(kBeat);
  }
  EndWithFirst(place);
}

struct Run {
  int ranks = 0;
  protocol::StartOrder order;
};

Run AwaitRun(const RankPlace& place, Rendezvous& rendezvous, OrderQueue& orders, int64_t number) {
  while (true) {
    if (AskedToLeave()) Leave();
    while (orders.TryTake()) {  // of a checkpoint there is nothing to write now
    }
    const auto text = rendezvous.Get(absl::StrCat("run/", number));
    if (absl::IsNotFound(text.status())) {
      absl::SleepFor(kLook);
      continue;
    }
    if (!text.ok()) EndWithFirst(place);
    const std::vector<std::string> parts = absl::StrSplit(*text, absl::MaxSplits('\n', 1));
    Run run;
    const auto order = protocol::ParseOrder(parts.back());
    if (!absl::SimpleAtoi(parts.front(), &run.ranks) || !order.ok() ||
        !std::holds_alternative<protocol::StartOrder>(*order)) {
      EndProcess("what rank 0 has sent is no start; are the ranks of one version?");
    }
    run.order = std::get<protocol::StartOrder>(*order);
    return run;
  }
}

// Rank 0 has all that this rank has sent, and learns whether it may count on this one again.
void AwaitEnd(const RankPlace& place, Rendezvous& rendezvous, int64_t number) {
  while (true) {
    const auto done = rendezvous.Get(absl::StrCat("done/", number));
    if (done.ok()) break;
    if (!absl::IsNotFound(done.status())) EndWithFirst(place);
    absl::SleepFor(kLook);
  }
  const bool leaves = AskedToLeave();
  rendezvous.Add(absl::StrCat(leaves ? "leaves/" : "stays/", number), 1).status().IgnoreError();
  if (leaves) Leave();
}

std::string OwnDevice(const RankPlace& place, const std::string& list) {
  const std::vector<std::string> devices = absl::StrSplit(list, ',');
  if (devices.size() > size_t(place.rank)) return devices[place.rank];
  return absl::StartsWith(list, "cuda") ? absl::StrCat("cuda:", place.local_rank) : list;
}

// Waits for rank 0, of which a launcher's ranks may see nothing for minutes; who is asked to leave
// meanwhile leaves at once.
std::unique_ptr<Rendezvous> AwaitFirst(const RankPlace& place) {
  std::atomic<bool> over = false;
  std::thread watch([&over] {
    while (!over) {
      if (AskedToLeave()) Leave();
      absl::SleepFor(kLook);
    }
  });
  auto rendezvous = Rendezvous::Join(place.host, place.port, kConnect);
  over = true;
  watch.join();
  if (!rendezvous.ok()) EndProcess(std::string(rendezvous.status().message()));
  return *std::move(rendezvous);
}

[[noreturn]] void Serve(const RankPlace& place) {
  OrderQueue orders(LifeLine(place));
  ListenForStopSignals(orders);
  protocol::Writer writer(STDOUT_FILENO);  // which a rank other than 0 never uses
  const std::unique_ptr<Rendezvous> rendezvous = AwaitFirst(place);
  std::thread([place] { Beat(place); }).detach();
  std::unique_ptr<RankGroup> group;
  for (int64_t number = 1;; ++number) {
    Run run = AwaitRun(place, *rendezvous, orders, number);
    if (place.rank >= run.ranks) {  // no sequence of the batch for this one
      group.reset();
      continue;
    }
    run.order.device = OwnDevice(place, run.order.device);
    if (group == nullptr || group->ranks() != run.ranks || group->device() != run.order.device) {
      group.reset();
      auto joined = RankGroup::Join(
          *rendezvous, {place.rank, run.ranks, run.order.device, absl::StrCat("group/", number)});
      if (!joined.ok()) EndProcess(std::string(joined.status().message()));
      group = *std::move(joined);
    }
    TrainingRun(run.order, orders, writer, group.get()).Run().IgnoreError();
    AwaitEnd(place, *rendezvous, number);
  }
}

pid_t child_of_launched = -1;
void PassOn(int number) {
  if (child_of_launched > 0) kill(child_of_launched, number);
}

// A rank that a launcher started must outlive every rank 0: a fresh process for each.
int ServeAgainAndAgain(const RankPlace& place) {
  while (true) {
    const pid_t parent = getpid();
    child_of_launched = fork();
    if (child_of_launched == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) _exit(1);
      signal(SIGTERM, SIG_DFL), signal(SIGUSR2, SIG_DFL);
      HoldStopSignals();
      Serve(place);
    }
    if (child_of_launched < 0) return std::perror("ff-trainer: cannot start a rank"), 1;
    signal(SIGTERM, PassOn), signal(SIGUSR2, PassOn);
    int status = 0;
    while (waitpid(child_of_launched, &status, 0) < 0 && errno == EINTR) {
    }
    if (status == 0) return 0;  // asked to leave
    signal(SIGTERM, SIG_DFL), signal(SIGUSR2, SIG_IGN);
    absl::SleepFor(kAgain);
  }
}

}  // namespace

int Follow() {
  const auto place = PlaceFromEnvironment();
  if (!place.ok() || !place->has_value() || (*place)->rank == 0) {
    const std::string why = place.ok()
                                ? "--follow is for the ranks from 1 on: a launcher sets RANK, "
                                  "WORLD_SIZE, MASTER_ADDR and MASTER_PORT"
                                : std::string(place.status().message());
    std::fprintf(stderr, "ff-trainer: %s\n", why.c_str());
    return 2;
  }
  if (!(*place)->local) return ServeAgainAndAgain(**place);
  HoldStopSignals();
  Serve(**place);
}

}  // namespace ff::trainer
