// ffctl sweep watch: the progress of a sweep until it is over.
#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/follow.h"
#include "client/commands/support.h"
#include "client/commands/sweep_table.h"

namespace ff::client {
namespace {

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  const absl::StatusOr<v1::Sweep> sweep = (*client)->GetSweep(SweepWord(arguments.words));
  if (!sweep.ok()) return SweepError(sweep.status());
  const absl::StatusOr<Followed> followed = FollowSweep(session, sweep->id(), {});
  if (!followed.ok()) return followed.status();
  if (followed->detached) {
    session.Note(
        absl::StrCat("\nthe sweep goes on\n  come back:  ffctl sweep watch ", sweep->id()));
    return Exit::kInterrupted;
  }
  PrintSweep(session, followed->sweep);
  const bool bad = followed->sweep.counts().failed() > 0;
  return bad && arguments.Has("exit-status") ? Exit::kExperimentsFailed : Exit::kOk;
}

}  // namespace

Command SweepWatchCommand() {
  return {.noun = "sweep",
          .verb = "watch",
          .summary = "Show a sweep's progress until it is over",
          .words = "[SWEEP]",
          .max_words = 1,
          .flags = {{"--exit-status", "", "exit code 6 if experiments failed", false, {}}},
          .examples = {"ffctl sweep watch --exit-status"},
          .run = Run,
          .answer = "Sweep"};
}

}  // namespace ff::client
