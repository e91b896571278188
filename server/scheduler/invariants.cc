#include "server/scheduler/invariants.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"

namespace ff::scheduler {
namespace {

using Violations = std::vector<std::string>;

std::string NameOf(const ExperimentView& e) { return absl::StrCat(e.sweep_id, "/", e.id); }
std::string NameOf(const AttemptView& a) { return absl::StrCat(a.sweep_id, "/", a.experiment_id); }

bool Open(const ExperimentView& e) {
  return e.state == ExperimentState::kWaiting || e.state == ExperimentState::kLeased ||
         e.state == ExperimentState::kRunning;
}

void Expect(bool holds, const std::string& sentence, Violations* violations) {
  if (!holds) violations->push_back(sentence);
}

using ByExperiment = std::map<std::string, std::vector<const AttemptView*>>;

void CheckLease(const ExperimentView& e, const std::vector<const AttemptView*>& attempts,
                Violations* out) {
  const AttemptView* live = nullptr;
  for (const AttemptView* attempt : attempts) {
    if (!attempt->Live()) continue;
    Expect(live == nullptr, absl::StrCat(NameOf(e), " has two live attempts"), out);
    live = attempt;
  }
  Expect((live == nullptr ? 0 : live->id) == e.current_attempt,
         absl::StrCat(NameOf(e), "'s current attempt is not its live one"), out);
  const std::string state = live == nullptr ? "" : live->state;
  Expect((e.state == ExperimentState::kLeased) == (state == "leased") &&
             (e.state == ExperimentState::kRunning) == (state == "running"),
         absl::StrCat(NameOf(e), "'s state differs from its attempt's: ", state), out);
}

void CheckEpochs(const ExperimentView& e, const std::vector<const AttemptView*>& attempts,
                 Violations* out) {
  int64_t epoch = 0;
  for (const AttemptView* attempt : attempts) {
    Expect(attempt->epoch == ++epoch, absl::StrCat(NameOf(e), "'s epochs have a gap"), out);
  }
  Expect(e.epoch == epoch, absl::StrCat(NameOf(e), "'s epoch is not its newest attempt's"), out);
}

void CheckResult(const ExperimentView& e, const std::vector<const AttemptView*>& attempts,
                 const std::vector<std::string>& results, Violations* out) {
  const auto kept = std::count(results.begin(), results.end(), NameOf(e));
  const auto finished = std::count_if(attempts.begin(), attempts.end(),
                                      [](const auto* a) { return a->state == "finished"; });
  const bool is_finished = e.state == ExperimentState::kFinished;
  Expect(kept == (is_finished ? 1 : 0), absl::StrCat(NameOf(e), " has ", kept, " results"), out);
  Expect(finished <= (is_finished ? 1 : 0),
         absl::StrCat(NameOf(e), " has ", finished, " finished attempts"), out);
}

}  // namespace

std::vector<std::string> CheckState(const World& world) {
  Violations out;
  ByExperiment attempts;
  for (const AttemptView& attempt : world.attempts) attempts[NameOf(attempt)].push_back(&attempt);
  std::map<std::string, int> open;
  for (const ExperimentView& e : world.experiments) {
    const std::vector<const AttemptView*>& own = attempts[NameOf(e)];
    CheckLease(e, own, &out);
    CheckEpochs(e, own, &out);
    CheckResult(e, own, world.results, &out);
    open[e.sweep_id] += Open(e);
  }
  for (const SweepView& sweep : world.sweeps) {
    Expect(sweep.open == open[sweep.id], absl::StrCat(sweep.id, " miscounts what is open"), &out);
    const bool over = sweep.state == SweepState::kFinished || sweep.state == SweepState::kCancelled;
    Expect(over == (open[sweep.id] == 0), absl::StrCat(sweep.id, " is over, or not, wrongly"),
           &out);
  }
  return out;
}

std::vector<std::string> CheckStep(const World& before, const World& after) {
  Violations out;
  std::map<std::string, const ExperimentView*> experiments;
  for (const ExperimentView& e : after.experiments) experiments[NameOf(e)] = &e;
  for (const ExperimentView& e : before.experiments) {
    const ExperimentView* now = experiments[NameOf(e)];
    Expect(now != nullptr, absl::StrCat(NameOf(e), " disappeared"), &out);
    if (now == nullptr) continue;
    const bool final =
        e.state == ExperimentState::kFinished || e.state == ExperimentState::kCancelled;
    Expect(!final || now->state == e.state, absl::StrCat(NameOf(e), " left a final state"), &out);
    Expect(now->epoch >= e.epoch, absl::StrCat(NameOf(e), "'s epoch fell"), &out);
  }
  std::map<int64_t, const AttemptView*> attempts;
  for (const AttemptView& a : after.attempts) attempts[a.id] = &a;
  for (const AttemptView& a : before.attempts) {
    const AttemptView* now = attempts[a.id];
    Expect(now != nullptr, absl::StrCat("attempt ", a.id, " disappeared"), &out);
    if (now == nullptr || a.Live() || now->state == a.state) continue;
    const bool late = now->state == "finished" && a.state != "cancelled";
    Expect(late, absl::StrCat("attempt ", a.id, " went from ", a.state, " to ", now->state), &out);
  }
  Expect(after.results.size() >= before.results.size(), "a result disappeared", &out);
  return out;
}

}  // namespace ff::scheduler
