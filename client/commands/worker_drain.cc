// ffctl worker drain.
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/print/json.h"

namespace ff::client {
namespace {

// Seconds, or a number with its unit: 90, 10m, 2h.
absl::StatusOr<double> Deadline(const std::string& text) {
  if (text.empty()) return -1.0;
  double seconds = 0;
  absl::Duration duration;
  if (absl::SimpleAtod(text, &seconds) && seconds >= 0) return seconds;
  if (absl::ParseDuration(text, &duration) && duration >= absl::ZeroDuration()) {
    return absl::ToDoubleSeconds(duration);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--deadline ", text, " is no time; write 90s, 10m or 2h"));
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const absl::StatusOr<double> deadline = Deadline(arguments.Get("deadline"));
  if (!deadline.ok()) return deadline.status();
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  v1::DrainWorkerRequest request;
  request.set_worker(arguments.words[0]);
  request.set_deadline_seconds(*deadline);
  const absl::StatusOr<v1::Worker> worker = (*client)->DrainWorker(request);
  if (!worker.ok()) return worker.status();
  if (session.output() == Output::kJson) session.out() << ToJson(*worker);
  session.Note(
      absl::StrCat("worker ", worker->name(), " gets nothing new; ",
                   Plural(worker->experiment_ids_size(), "experiment"), " on it ",
                   *deadline < 0 ? "run to their end" : "end or are handed back by the deadline",
                   "\n  undo: ffctl worker uncordon ", worker->id().substr(0, 8)));
  return Exit::kOk;
}

}  // namespace

Command WorkerDrainCommand() {
  return {
      .noun = "worker",
      .verb = "drain",
      .summary = "Give a worker nothing new, and empty it",
      .words = "WORKER",
      .min_words = 1,
      .max_words = 1,
      .flags = {{"--deadline",
                 "TIME",
                 "what has not ended by then is checkpointed and handed back (default: all ends)",
                 false,
                 {}}},
      .examples = {"ffctl worker drain node7 --deadline 10m"},
      .run = Run};
}

}  // namespace ff::client
