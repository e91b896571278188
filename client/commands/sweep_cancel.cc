// ffctl sweep cancel: for good, hence asked for twice (a terminal is asked, a script says
// --yes).
#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/commands/sweep_table.h"

namespace ff::client {
namespace {

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const absl::StatusOr<int64_t> if_version = IfVersion(arguments);
  if (!if_version.ok()) return if_version.status();
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  const absl::StatusOr<v1::Sweep> before = (*client)->GetSweep(SweepWord(arguments.words));
  if (!before.ok()) return SweepError(before.status());
  const int open = before->counts().total() - before->counts().finished();
  const std::string what = absl::StrCat("cancelling sweep ", before->id(), " ends ",
                                        Plural(open, "experiment"), " for good");
  if (IsDryRun(session, arguments, absl::StrCat("cancel sweep ", before->id()))) return Exit::kOk;
  const absl::Status confirmed =
      Confirm(session, arguments, what,
              absl::StrCat("ffctl sweep cancel ", before->id(),
                           " --yes   (or, to go on later: ffctl sweep pause)"));
  if (!confirmed.ok()) return confirmed;
  // What was confirmed is what was looked at: not what another has made of it meanwhile.
  const int64_t version = *if_version > 0 ? *if_version : before->version();
  const absl::StatusOr<v1::Sweep> sweep =
      (*client)->CancelSweep(before->id(), session.Author(arguments.Get("reason")), version);
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
          .flags = With({{"-y,--yes", "", "do not ask", false, {}}}, SweepChangeFlags()),
          .run = Run,
          .answer = "Sweep"};
}

}  // namespace ff::client
