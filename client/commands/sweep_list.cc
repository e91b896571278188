// ffctl sweep list.
#include "client/commands/all.h"
#include "client/commands/print_list.h"
#include "client/commands/support.h"
#include "client/commands/sweep_table.h"

namespace ff::client {
namespace {

absl::Status Print(Session& session, const Arguments& arguments, CoordinatorClient& client) {
  const absl::StatusOr<v1::ListSweepsResponse> response = client.ListSweeps();
  if (!response.ok()) return response.status();
  std::vector<std::string> names;
  for (const v1::Sweep& sweep : response->sweeps()) names.push_back(sweep.id());
  const absl::Status printed = PrintList(session, arguments,
                                         {&*response, SweepTable(response->sweeps()), names,
                                          "no sweeps yet\n  next: ffctl train --preset cpu_fast"});
  if (printed.ok()) PrintWaiting(session, response->sweeps());
  return printed;
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  return PrintWatched(session, arguments,
                      [&](Session& s) { return Print(s, arguments, **client); });
}

}  // namespace

Command SweepListCommand() {
  return {.noun = "sweep",
          .verb = "list",
          .summary = "List sweeps",
          .flags = ListFlags(),
          .examples = {"ffctl sweep", "ffctl sweep list -o json",
                       "ffctl sweep --filter 'state = active' --sort-by -running"},
          .run = Run,
          .answer = "ListSweepsResponse",
          .long_text = true};
}

}  // namespace ff::client
