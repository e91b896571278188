// ffctl worker uncordon.
#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/support.h"

namespace ff::client {
namespace {

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  if (IsDryRun(session, arguments, "uncordon worker " + arguments.words[0])) return Exit::kOk;
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  v1::UncordonWorkerRequest request;
  request.set_worker(arguments.words[0]);
  request.set_device(arguments.Get("device"));
  request.set_by(session.Author(arguments.Get("reason")));
  const absl::StatusOr<v1::Worker> worker = (*client)->UncordonWorker(request);
  if (!worker.ok()) return worker.status();
  PrintMessage(session, *worker);
  session.Note(absl::StrCat("worker ", worker->name(), " is given work again"));
  return Exit::kOk;
}

}  // namespace

Command WorkerUncordonCommand() {
  return {.noun = "worker",
          .verb = "uncordon",
          .summary = "Use a quarantined or drained worker again",
          .words = "WORKER",
          .min_words = 1,
          .max_words = 1,
          .flags = With({{"--device", "ID", "only this device of it, such as cuda:1", false, {}}},
                        ChangeFlags()),
          .examples = {"ffctl worker uncordon node7"},
          .details = "`ffctl worker list` says why a worker or device is out of use.",
          .run = Run,
          .answer = "Worker"};
}

}  // namespace ff::client
