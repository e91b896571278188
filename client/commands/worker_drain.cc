// ffctl worker drain.
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/print/numbers.h"

namespace ff::client {
namespace {

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  double deadline = -1;  // all ends
  if (arguments.Has("deadline")) {
    const absl::StatusOr<absl::Duration> time = ParseTime(arguments.Get("deadline"));
    if (!time.ok())
      return absl::InvalidArgumentError(absl::StrCat("--deadline: ", time.status().message()));
    deadline = absl::ToDoubleSeconds(*time);
  }
  if (IsDryRun(session, arguments, "drain worker " + arguments.words[0])) return Exit::kOk;
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  v1::DrainWorkerRequest request;
  request.set_worker(arguments.words[0]);
  request.set_deadline_seconds(deadline);
  request.set_by(session.Author(arguments.Get("reason")));
  const absl::StatusOr<v1::Worker> worker = (*client)->DrainWorker(request);
  if (!worker.ok()) return worker.status();
  PrintMessage(session, *worker);
  session.Note(
      absl::StrCat("worker ", worker->name(), " gets nothing new; ",
                   Plural(worker->experiment_ids_size(), "experiment"), " on it ",
                   deadline < 0 ? "run to their end" : "end or are handed back by the deadline",
                   "\n  undo: ffctl worker uncordon ", worker->id().substr(0, 8)));
  return Exit::kOk;
}

}  // namespace

Command WorkerDrainCommand() {
  return {.noun = "worker",
          .verb = "drain",
          .summary = "Give a worker nothing new, and empty it",
          .words = "WORKER",
          .min_words = 1,
          .max_words = 1,
          .flags = With(
              {{"--deadline",
                "TIME",
                "what has not ended by then is checkpointed and handed back (default: all ends)",
                false,
                {}}},
              ChangeFlags()),
          .examples = {"ffctl worker drain node7 --deadline 10m"},
          .run = Run,
          .answer = "Worker"};
}

}  // namespace ff::client
