// ffctl sweep list.
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/commands/sweep_table.h"

namespace ff::client {
namespace {

absl::StatusOr<Exit> Run(Session& session, const Arguments&) {
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  const absl::StatusOr<v1::ListSweepsResponse> response = (*client)->ListSweeps();
  if (!response.ok()) return response.status();
  std::vector<std::string> names;
  for (const v1::Sweep& sweep : response->sweeps()) names.push_back(sweep.id());
  PrintList(session, *response, SweepTable(response->sweeps()), names,
            "no sweeps yet\n  next: ffctl train --preset cpu_fast");
  PrintWaiting(session, response->sweeps());
  return Exit::kOk;
}

}  // namespace

Command SweepListCommand() {
  return {.noun = "sweep",
          .verb = "list",
          .summary = "List sweeps",
          .examples = {"ffctl sweep", "ffctl sweep list -o json"},
          .run = Run};
}

}  // namespace ff::client
