// ffctl sweep cancel: for good, hence asked for twice (a terminal is asked, a script says
// --yes).
#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/commands/sweep_table.h"

namespace ff::client {
namespace {

absl::Status Confirm(Session& session, const Arguments& arguments, const v1::Sweep& sweep) {
  if (arguments.Has("yes")) return absl::OkStatus();
  const std::string what = absl::StrCat(
      "cancelling sweep ", sweep.id(), " ends ",
      Plural(sweep.counts().total() - sweep.counts().finished(), "experiment"), " for good");
  const absl::StatusOr<std::string> answer = session.Ask(absl::StrCat(what, "; go on? [y/N] "));
  if (!answer.ok()) {
    return Fail(absl::StatusCode::kInvalidArgument, what, "nobody is here to confirm it",
                absl::StrCat("ffctl sweep cancel ", sweep.id(),
                             " --yes   (or, to go on later: ffctl sweep pause)"));
  }
  if (*answer == "y" || *answer == "yes") return absl::OkStatus();
  return absl::CancelledError("nothing was cancelled");
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  const absl::StatusOr<v1::Sweep> before = (*client)->GetSweep(SweepWord(arguments.words));
  if (!before.ok()) return SweepError(before.status());
  if (absl::Status status = Confirm(session, arguments, *before); !status.ok()) return status;
  const absl::StatusOr<v1::Sweep> sweep = (*client)->CancelSweep(before->id());
  if (!sweep.ok()) return SweepError(sweep.status());
  session.Note("cancelled sweep " + sweep->id());
  PrintSweep(session, *sweep);
  return Exit::kOk;
}

}  // namespace

Command SweepCancelCommand() {
  return {.noun = "sweep",
          .verb = "cancel",
          .summary = "End a sweep for good; results so far are kept",
          .words = "[SWEEP]",
          .max_words = 1,
          .flags = {{"-y,--yes", "", "do not ask", false, {}}},
          .run = Run};
}

}  // namespace ff::client
