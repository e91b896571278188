#include "client/commands/follow.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/commands/support.h"
#include "client/print/text.h"

namespace ff::client {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(500);
constexpr absl::Duration kCheckWorkers = absl::Seconds(3);
// A pair that dies this often without standing this long in between is not to be healed.
constexpr int kMostRestarts = 5;
constexpr absl::Duration kStable = absl::Seconds(60);

bool IsTransient(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

class Follower {
 public:
  Follower(Session& session, std::string sweep, PairSettings settings)
      : session_(session),
        sweep_(std::move(sweep)),
        settings_(std::move(settings)),
        board_(session.err(), session.progress(), session.width(), session.err_style()) {}

  absl::StatusOr<Followed> Run() {
    const absl::StatusOr<bool> is_private = session_.IsPrivate();
    if (!is_private.ok()) return is_private.status();
    is_private_ = *is_private;
    session_.CatchInterrupt();
    while (!session_.interrupted()) {
      absl::StatusOr<bool> done = Look();
      if (!done.ok()) return done.status();
      if (*done) return Followed{last_, false};
      Wait(kPoll);
    }
    board_.Finish();
    return Followed{last_, true};
  }

 private:
  // True: the sweep has ended.
  absl::StatusOr<bool> Look() {
    if (is_private_) {
      if (absl::Status status = KeepPair(); !status.ok()) return status;
    }
    const absl::StatusOr<CoordinatorClient*> client = session_.Client();
    if (!client.ok()) return client.status();
    absl::StatusOr<v1::Sweep> sweep = (*client)->GetSweep(sweep_);
    if (!sweep.ok()) {
      if (!IsTransient(sweep.status())) return sweep.status();
      SayAway(sweep.status());
      return false;
    }
    if (away_) board_.Note("the coordinator is back");
    away_ = false;
    last_ = *std::move(sweep);
    board_.Show(last_, absl::Now());
    const bool over =
        last_.state() == v1::SWEEP_STATE_FINISHED || last_.state() == v1::SWEEP_STATE_CANCELLED;
    // What comes next asks for the law.
    if (over && last_.fitting()) return false;
    if (over) {
      board_.Finish();
      return true;
    }
    CheckWorkers(**client);
    return false;
  }

  void SayAway(const absl::Status& status) {
    if (away_) return;
    away_ = true;
    board_.Note(absl::StrCat("the coordinator is away; workers go on, waiting for it (",
                             status.message(), ")"));
  }

  // Starts again what has died of the private pair.
  absl::Status KeepPair() {
    const absl::StatusOr<LocalCoordinator*> local = session_.Local();
    if (!local.ok()) return local.status();
    const PairStatus pair = (*local)->Status();
    if (pair.coordinator.running && pair.worker.running) return absl::OkStatus();
    if (absl::Now() - last_restart_ > kStable) restarts_ = 0;
    last_restart_ = absl::Now();
    if (++restarts_ > kMostRestarts) {
      const char* role = pair.coordinator.running ? "worker" : "coordinator";
      const std::string log = (*local)->folder().Log(role);
      return Fail(absl::StatusCode::kFailedPrecondition,
                  absl::StrCat("the private ", role, " keeps ending"), LogEnd(log, 8),
                  absl::StrCat("read ", log, ", then repeat this command"));
    }
    board_.Finish();  // what is started is said below the board
    return (*local)->Up(settings_);
  }

  void CheckWorkers(CoordinatorClient& client) {
    // A private worker is young: it has until the second look to report.
    if (absl::Now() - last_check_ < kCheckWorkers) return;
    const bool first = last_check_ == absl::InfinitePast();
    last_check_ = absl::Now();
    if (first && is_private_) return;
    const absl::StatusOr<v1::ListWorkersResponse> workers = client.ListWorkers();
    if (!workers.ok()) return;  // the next GetSweep will say it
    int alive = 0;
    for (const v1::Worker& worker : workers->workers()) alive += worker.alive() ? 1 : 0;
    if (alive == 0 && !said_no_worker_) {
      board_.Note(
          absl::StrCat("no worker is alive: nothing is trained until one starts. On a machine that "
                       "is to train: ",
                       "ff-worker coordinator=", client.address()));
    }
    if (alive > 0 && said_no_worker_) board_.Note("a worker is here");
    said_no_worker_ = alive == 0;
    // With workers that fit nothing a sweep would stand still without a word.
    if (alive > 0 && last_.waiting_reason() != said_waiting_) {
      said_waiting_ = last_.waiting_reason();
      if (!said_waiting_.empty()) board_.Note(said_waiting_);
    }
    for (const v1::Worker& worker : workers->workers()) SayCordoned(worker);
  }

  // A worker or device that gets nothing is why a sweep may stand still.
  void SayCordoned(const v1::Worker& worker) {
    SayCordon(worker.id(), worker.name(), worker.cordoned());
    for (const v1::Device& device : worker.devices()) {
      SayCordon(worker.id(), absl::StrCat(worker.name(), ", ", device.id()), device.cordoned());
    }
  }
  void SayCordon(const std::string& worker, const std::string& what, const std::string& why) {
    if (why.empty()) {
      said_cordoned_.erase(what);
    } else if (said_cordoned_.insert(what).second) {
      board_.Note(absl::StrCat(what, " is out of use: ", VisibleLine(why),
                               "\n  next: ffctl worker uncordon ", worker.substr(0, 8)));
    }
  }

  void Wait(absl::Duration duration) {
    const absl::Time end = absl::Now() + duration;
    while (absl::Now() < end && !session_.interrupted()) absl::SleepFor(absl::Milliseconds(50));
  }

  Session& session_;
  const std::string sweep_;
  const PairSettings settings_;
  Board board_;
  v1::Sweep last_;
  std::set<std::string> said_cordoned_;
  std::string said_waiting_;
  bool is_private_ = false, away_ = false, said_no_worker_ = false;
  int restarts_ = 0;
  absl::Time last_restart_ = absl::InfinitePast(), last_check_ = absl::InfinitePast();
};

}  // namespace

absl::StatusOr<Followed> FollowSweep(Session& session, const std::string& sweep,
                                     const PairSettings& settings) {
  return Follower(session, sweep, settings).Run();
}

}  // namespace ff::client
