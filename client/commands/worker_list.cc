// ffctl worker list.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/print/numbers.h"

namespace ff::client {
namespace {

std::string Devices(const v1::Worker& worker) {
  return absl::StrJoin(worker.devices(), ", ", [](std::string* out, const v1::Device& device) {
    absl::StrAppend(out, device.id(), " (", Plural(device.slots(), "slot"), ", ",
                    HumanBytes(device.memory_bytes()), ")");
  });
}

Cell Age(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0) return "-";
  const absl::Time seen = absl::FromUnixSeconds(time.seconds());
  return SecondsCell(std::max(0.0, absl::ToDoubleSeconds(absl::Now() - seen)));
}

Table WorkerTable(const v1::ListWorkersResponse& response) {
  Table table({{"WORKER"},
               {"NAME"},
               {"STATE"},
               {"HOST"},
               {"DEVICES"},
               {"RUNNING", Align::kRight},
               {"FINISHED", Align::kRight},
               {"FAILED", Align::kRight},
               {"SEEN AGO", Align::kRight}});
  for (const v1::Worker& worker : response.workers()) {
    table.Add({worker.id(), worker.name(), worker.alive() ? "alive" : "silent", worker.host(),
               Devices(worker), std::to_string(worker.experiment_ids_size()),
               std::to_string(worker.finished()), std::to_string(worker.failed()),
               Age(worker.last_seen())});
  }
  return table;
}

absl::StatusOr<Exit> Run(Session& session, const Arguments&) {
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  const absl::StatusOr<v1::ListWorkersResponse> response = (*client)->ListWorkers();
  if (!response.ok()) return response.status();
  std::vector<std::string> names;
  for (const v1::Worker& worker : response->workers()) names.push_back(worker.id());
  PrintList(session, *response, WorkerTable(*response), names,
            absl::StrCat("no worker has reported yet\n  next: ff-worker coordinator=",
                         (*client)->address()));
  return Exit::kOk;
}

}  // namespace

Command WorkerListCommand() {
  return {
      .noun = "worker", .verb = "list", .summary = "List workers and their devices", .run = Run};
}

}  // namespace ff::client
