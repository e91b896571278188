// ffctl sweep get: one sweep and its progress.
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/commands/sweep_table.h"

namespace ff::client {
namespace {

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  const absl::StatusOr<v1::Sweep> sweep = (*client)->GetSweep(SweepWord(arguments.words));
  if (!sweep.ok()) return SweepError(sweep.status());
  PrintSweep(session, *sweep);
  return Exit::kOk;
}

}  // namespace

Command SweepGetCommand() {
  return {.noun = "sweep",
          .verb = "get",
          .summary = "Show a sweep: state, progress, best loss of each budget",
          .words = "[SWEEP]",
          .max_words = 1,
          .run = Run,
          .answer = "Sweep",
          .long_text = true};
}

}  // namespace ff::client
