// ffctl worker quarantine: one device, or the worker, is given nothing until it is uncordoned.
#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/support.h"

namespace ff::client {
namespace {

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  if (IsDryRun(session, arguments, "quarantine worker " + arguments.words[0])) return Exit::kOk;
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  v1::QuarantineWorkerRequest request;
  request.set_worker(arguments.words[0]);
  request.set_device(arguments.Get("device"));
  request.set_by(session.Author(arguments.Get("reason")));
  const absl::StatusOr<v1::Worker> worker = (*client)->QuarantineWorker(request);
  if (!worker.ok()) return worker.status();
  PrintMessage(session, *worker);
  session.Note(absl::StrCat("worker ", worker->name(),
                            " gets nothing new; what runs on it goes on\n  undo: ffctl worker "
                            "uncordon ",
                            worker->id().substr(0, 8)));
  return Exit::kOk;
}

}  // namespace

Command WorkerQuarantineCommand() {
  return {.noun = "worker",
          .verb = "quarantine",
          .summary = "Take a worker, or one device of it, out of use",
          .words = "WORKER",
          .min_words = 1,
          .max_words = 1,
          .flags = With({{"--device", "ID", "only this device of it, such as cuda:1", false, {}}},
                        ChangeFlags()),
          .examples = {"ffctl worker quarantine node7 --device cuda:1 --reason 'ECC errors'"},
          .run = Run,
          .answer = "Worker"};
}

}  // namespace ff::client
