// ffctl worker list.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "client/commands/all.h"
#include "client/commands/print_list.h"
#include "client/commands/support.h"
#include "client/print/numbers.h"
#include "client/print/text.h"

namespace ff::client {
namespace {

std::string Devices(const v1::Worker& worker) {
  return absl::StrJoin(worker.devices(), ", ", [](std::string* out, const v1::Device& device) {
    absl::StrAppend(out, device.id(), " (", Plural(device.slots(), "slot"), ", ",
                    HumanBytes(device.memory_bytes()),
                    device.cordoned().empty() ? "" : ", quarantined", ")");
  });
}

Cell Age(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0) return "-";
  const absl::Time seen = absl::FromUnixSeconds(time.seconds());
  return SecondsCell(std::max(0.0, absl::ToDoubleSeconds(absl::Now() - seen)));
}

std::string State(const v1::Worker& worker) {
  if (!worker.alive()) return "silent";
  if (!worker.cordoned().empty()) {
    return worker.experiment_ids_size() > 0 ? "draining" : "cordoned";
  }
  if (worker.draining()) return "leaving";
  const auto& devices = worker.devices();
  const bool none_left =
      !devices.empty() && std::all_of(devices.begin(), devices.end(),
                                      [](const v1::Device& d) { return !d.cordoned().empty(); });
  return none_left ? "quarantined" : "alive";
}

// Why something is out of use, and how to change that.
void ExplainCordons(Session& session, const v1::ListWorkersResponse& response) {
  for (const v1::Worker& worker : response.workers()) {
    const std::string undo =
        absl::StrCat("\n  next: ffctl worker uncordon ", worker.id().substr(0, 8));
    if (!worker.cordoned().empty()) {
      session.Note(absl::StrCat(worker.name(), ": ", VisibleLine(worker.cordoned()), undo));
    }
    for (const v1::Device& device : worker.devices()) {
      if (device.cordoned().empty()) continue;
      session.Note(absl::StrCat(worker.name(), ", ", device.id(), ": ",
                                VisibleLine(device.cordoned()), undo));
    }
  }
}

int FreeSlots(const v1::Worker& worker) {
  int free = 0;
  for (const v1::Device& device : worker.devices()) free += device.free_slots();
  return free;
}

// Until the first of its leases does.
Cell LeaseEnds(const v1::Worker& worker) {
  double soonest = -1;
  for (const v1::HeldLease& lease : worker.leases()) {
    const absl::Time deadline = absl::FromUnixSeconds(lease.deadline().seconds());
    const double seconds = std::max(0.0, absl::ToDoubleSeconds(deadline - absl::Now()));
    soonest = soonest < 0 ? seconds : std::min(soonest, seconds);
  }
  return soonest < 0 ? Cell("-") : SecondsCell(soonest);
}

Cell Hottest(const v1::Worker& worker) {
  double celsius = 0;
  for (const v1::Device& device : worker.devices()) {
    celsius = std::max(celsius, device.temperature_celsius());
  }
  return celsius == 0 ? Cell("-") : Cell(Fixed(celsius, 0) + " C", Exact(celsius));
}

Cell Busiest(const v1::Worker& worker) {
  double share = 0;
  for (const v1::Device& device : worker.devices()) share = std::max(share, device.utilization());
  return share == 0 ? Cell("-") : Cell(Fixed(100 * share, 0) + " %", Exact(share));
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
               {"SEEN AGO", Align::kRight},
               {"VERSION", Align::kLeft, true},
               {"PID", Align::kRight, true},
               {"FREE SLOTS", Align::kRight, true},
               {"LEASE ENDS IN", Align::kRight, true},
               {"TEMPERATURE", Align::kRight, true},
               {"BUSY", Align::kRight, true},
               {"LABELS", Align::kLeft, true},
               {"MODES", Align::kLeft, true}});
  for (const v1::Worker& worker : response.workers()) {
    table.Add({worker.id(), worker.name(), State(worker), worker.host(), Devices(worker),
               std::to_string(worker.experiment_ids_size()), std::to_string(worker.finished()),
               std::to_string(worker.failed()), Age(worker.last_seen()), worker.version(),
               std::to_string(worker.pid()), std::to_string(FreeSlots(worker)), LeaseEnds(worker),
               Hottest(worker), Busiest(worker), absl::StrJoin(worker.labels(), ","),
               absl::StrJoin(worker.modes(), ",")});
  }
  return table;
}

absl::Status Print(Session& session, const Arguments& arguments, CoordinatorClient& client) {
  const absl::StatusOr<v1::ListWorkersResponse> response = client.ListWorkers();
  if (!response.ok()) return response.status();
  std::vector<std::string> names;
  for (const v1::Worker& worker : response->workers()) names.push_back(worker.id());
  const absl::Status printed =
      PrintList(session, arguments,
                {&*response, WorkerTable(*response), names,
                 absl::StrCat("no worker has reported yet\n  next: ff-worker coordinator=",
                              client.address())});
  if (printed.ok()) ExplainCordons(session, *response);
  return printed;
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  return PrintWatched(session, arguments,
                      [&](Session& s) { return Print(s, arguments, **client); });
}

}  // namespace

Command WorkerListCommand() {
  return {.noun = "worker",
          .verb = "list",
          .summary = "List workers and their devices",
          .flags = ListFlags(),
          .run = Run,
          .answer = "ListWorkersResponse",
          .long_text = true};
}

}  // namespace ff::client
