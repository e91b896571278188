// ffctl experiment wait, and what the waiting commands share.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/commands/sweep_table.h"
#include "client/commands/wait.h"
#include "client/print/numbers.h"
#include "client/print/words.h"

namespace ff::client {

absl::StatusOr<Goal> ParseGoal(const std::string& text, const std::vector<std::string>& words,
                               const std::vector<std::string>& states) {
  if (std::count(words.begin(), words.end(), text) > 0) return Goal{text, ""};
  const std::string state = absl::StartsWith(text, "state=") ? text.substr(6) : "";
  if (std::count(states.begin(), states.end(), state) > 0) return Goal{"", state};
  const std::string near =
      NearestWord(state.empty() ? text : state, state.empty() ? words : states);
  return absl::InvalidArgumentError(
      absl::StrCat("--for cannot be '", text, "'\n",
                   near.empty() ? "" : absl::StrCat("did you mean '", near, "'? "), "it is ",
                   absl::StrJoin(words, ", "), " or state=", absl::StrJoin(states, ", state=")));
}

absl::StatusOr<bool> WaitUntil(
    Session& session, const Arguments& arguments,
    const std::function<absl::StatusOr<bool>(CoordinatorClient& client)>& reached) {
  constexpr absl::Duration kPoll = absl::Milliseconds(500);
  absl::Time until = absl::InfiniteFuture();
  if (arguments.Has("timeout")) {
    const absl::StatusOr<absl::Duration> patience = ParseTime(arguments.Get("timeout"));
    if (!patience.ok()) return patience.status();
    until = absl::Now() + *patience;
  }
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  session.CatchInterrupt();
  bool said = false;
  while (!session.interrupted()) {
    const absl::StatusOr<bool> now = reached(**client);
    if (now.ok() && *now) return true;
    const bool away = absl::IsUnavailable(now.status()) || absl::IsDeadlineExceeded(now.status());
    if (!now.ok() && !away) return now.status();
    if (away && !said) session.Note(absl::StrCat("waiting for it: ", now.status().message()));
    said = said || away;
    if (absl::Now() >= until) {
      return Fail(absl::StatusCode::kDeadlineExceeded,
                  absl::StrCat("not there after ", arguments.Get("timeout"), " of waiting"), "",
                  "wait on with the same command, or a longer --timeout");
    }
    const absl::Time next = std::min(absl::Now() + kPoll, until);
    while (absl::Now() < next && !session.interrupted()) absl::SleepFor(absl::Milliseconds(20));
  }
  return false;
}

namespace {

bool IsOver(v1::ExperimentState state) { return state >= v1::EXPERIMENT_STATE_FINISHED; }

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const absl::StatusOr<Goal> goal =
      ParseGoal(arguments.Get("for", "done"), {"done"},
                {"waiting", "leased", "running", "finished", "failed", "cancelled"});
  if (!goal.ok()) return goal.status();
  v1::ExperimentRequest request;
  request.set_experiment(arguments.words[0]);
  request.set_sweep(arguments.Get("sweep"));
  v1::Experiment last;
  const absl::StatusOr<bool> reached =
      WaitUntil(session, arguments, [&](CoordinatorClient& client) -> absl::StatusOr<bool> {
        absl::StatusOr<v1::Experiment> experiment = client.GetExperiment(request);
        if (!experiment.ok()) return WithNext(experiment.status(), "ffctl experiment list");
        last = *std::move(experiment);
        if (goal->state.empty()) return IsOver(last.state());
        if (StateWord(last.state()) == goal->state) return true;
        if (!IsOver(last.state())) return false;
        return Fail(absl::StatusCode::kFailedPrecondition,
                    absl::StrCat("experiment ", last.id(), " is ", StateWord(last.state()),
                                 ", not ", goal->state),
                    "", "ffctl experiment get " + last.id());
      });
  if (!reached.ok()) return reached.status();
  if (!*reached) return Exit::kInterrupted;
  google::protobuf::RepeatedPtrField<v1::Experiment> one;
  *one.Add() = last;
  const Table table = ExperimentTable(one);
  if (!PrintForPrograms(session, last, table, {last.id()})) {
    session.out() << Shown(session, table).Render(session.table_width(), session.out_style());
  }
  const bool failed = goal->state.empty() && last.state() == v1::EXPERIMENT_STATE_FAILED;
  return failed ? Exit::kExperimentsFailed : Exit::kOk;
}

}  // namespace

Command ExperimentWaitCommand() {
  return {
      .noun = "experiment",
      .verb = "wait",
      .summary = "Wait until an experiment is done (or in a state); then print it",
      .words = "EXPERIMENT",
      .min_words = 1,
      .max_words = 1,
      .flags = {{"--for", "GOAL", "done (the default), or state=running and its like", false, {}},
                {"--sweep", "SWEEP", "where several sweeps have it", false, {}}},
      .examples = {"ffctl exp wait 3f2a --timeout 10m"},
      .details =
          "--timeout is how long to wait in all (exit code 7 after it); without, for "
          "ever.\nExit code 6: it failed.",
      .run = Run,
      .answer = "Experiment"};
}

}  // namespace ff::client
