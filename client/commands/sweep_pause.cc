// ffctl sweep pause.
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/commands/sweep_table.h"

namespace ff::client {
namespace {

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  const absl::StatusOr<v1::Sweep> sweep = (*client)->PauseSweep(SweepWord(arguments.words));
  if (!sweep.ok()) return SweepError(sweep.status());
  session.Note(" running experiments end, none are started:paused sweep " + sweep->id());
  PrintSweep(session, *sweep);
  return Exit::kOk;
}

}  // namespace

Command SweepPauseCommand() {
  return {.noun = "sweep",
          .verb = "pause",
          .summary = "Hold a sweep",
          .words = "[SWEEP]",
          .max_words = 1,
          .run = Run};
}

}  // namespace ff::client
