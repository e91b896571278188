// ffctl sweep pause.
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/commands/sweep_table.h"

namespace ff::client {
namespace {

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const std::string word = SweepWord(arguments.words);
  if (IsDryRun(session, arguments, "pause sweep " + word)) return Exit::kOk;
  const absl::StatusOr<int64_t> if_version = IfVersion(arguments);
  if (!if_version.ok()) return if_version.status();
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  const absl::StatusOr<v1::Sweep> sweep =
      (*client)->PauseSweep(word, session.Author(arguments.Get("reason")), *if_version);
  if (!sweep.ok()) return SweepError(sweep.status());
  session.Note("paused sweep " + sweep->id() + ": running experiments end, none are started");
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
          .flags = SweepChangeFlags(),
          .run = Run,
          .answer = "Sweep"};
}

}  // namespace ff::client
