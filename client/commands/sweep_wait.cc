// ffctl sweep wait: until a sweep is where it is wanted.
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/commands/sweep_table.h"
#include "client/commands/wait.h"
#include "client/print/words.h"

namespace ff::client {
namespace {

bool IsOver(const v1::Sweep& sweep) {
  return sweep.state() == v1::SWEEP_STATE_FINISHED || sweep.state() == v1::SWEEP_STATE_CANCELLED;
}

absl::StatusOr<Goal> GoalOf(const Arguments& arguments) {
  return ParseGoal(arguments.Get("for", "done"), {"done", "law"},
                   {"active", "paused", "finished", "cancelled"});
}

bool IsReached(const Goal& goal, const v1::Sweep& sweep) {
  if (!goal.state.empty()) return StateWord(sweep.state()) == goal.state;
  if (goal.word == "law") return IsOver(sweep) && !sweep.fitting();
  return IsOver(sweep);
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const absl::StatusOr<Goal> goal = GoalOf(arguments);
  if (!goal.ok()) return goal.status();
  const std::string word = SweepWord(arguments.words);
  v1::Sweep last;
  const absl::StatusOr<bool> reached =
      WaitUntil(session, arguments, [&](CoordinatorClient& client) -> absl::StatusOr<bool> {
        const absl::StatusOr<v1::Sweep> sweep =
            client.GetSweep(last.id().empty() ? word : last.id());
        if (!sweep.ok()) return SweepError(sweep.status());
        last = *sweep;
        if (IsOver(last) && !goal->state.empty() && !IsReached(*goal, last)) {
          return Fail(absl::StatusCode::kFailedPrecondition,
                      absl::StrCat("sweep ", last.id(), " is ", StateWord(last.state()),
                                   " and will never be ", goal->state),
                      "", "ffctl sweep get " + last.id());
        }
        return IsReached(*goal, last);
      });
  if (!reached.ok()) return reached.status();
  if (!*reached) return Exit::kInterrupted;
  PrintSweep(session, last);
  const bool ended = goal->state.empty();
  return ended && last.counts().failed() > 0 ? Exit::kExperimentsFailed : Exit::kOk;
}

}  // namespace

Command SweepWaitCommand() {
  return {
      .noun = "sweep",
      .verb = "wait",
      .summary = "Wait until a sweep is done (or in a state); then print it",
      .words = "[SWEEP]",
      .max_words = 1,
      .flags =
          {{"--for", "GOAL", "done (the default), law, or state=paused and its like", false, {}}},
      .examples = {"ffctl sweep wait --for=done --timeout 2h && ffctl analyze"},
      .details =
          "--timeout is how long to wait in all (exit code 7 after it); without, for "
          "ever.\nExit code 6: done, but experiments failed.",
      .run = Run,
      .answer = "Sweep"};
}

}  // namespace ff::client
