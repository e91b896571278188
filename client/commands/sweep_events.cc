// ffctl sweep events: what happened, and who did it.
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/print_list.h"
#include "client/commands/support.h"
#include "client/print/words.h"

namespace ff::client {
namespace {

constexpr int kRows = 50;

Table EventTable(const v1::ListEventsResponse& response) {
  Table table({{"TIME"}, {"KIND"}, {"EXPERIMENT"}, {"MESSAGE"}});
  for (const v1::Event& event : response.events()) {
    table.Add({LocalTime(event.time()), event.kind(), event.experiment_id(), event.message()});
  }
  return table;
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  int limit = kRows;
  if (arguments.Has("limit") && (!absl::SimpleAtoi(arguments.Get("limit"), &limit) || limit < 0)) {
    return absl::InvalidArgumentError("--limit is a number of rows (0: all)");
  }
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  return PrintWatched(session, arguments, [&](Session& s) -> absl::Status {
    v1::ListEventsRequest request;
    request.set_sweep(SweepWord(arguments.words));
    request.set_experiment(arguments.Get("experiment"));
    request.set_sweep_only(arguments.Has("sweep-only"));
    request.set_newest_first(true);
    request.set_limit(limit);
    const absl::StatusOr<v1::ListEventsResponse> response = (*client)->ListEvents(request);
    if (!response.ok()) return SweepError(response.status());
    std::vector<std::string> names;
    for (const v1::Event& event : response->events()) names.push_back(absl::StrCat(event.seq()));
    return PrintList(s, arguments,
                     {&*response, EventTable(*response), names, "nothing happened yet"});
  });
}

}  // namespace

Command SweepEventsCommand() {
  return {
      .noun = "sweep",
      .verb = "events",
      .summary = "List what happened to a sweep and who did it, newest first",
      .words = "[SWEEP]",
      .max_words = 1,
      .flags = With({{"--experiment", "ID", "of one experiment", false, {}},
                     {"--sweep-only", "", "only what concerns the sweep as a whole", false, {}},
                     {"--limit", "ROWS", "at most this many, 0 for all; default 50", false, {}}},
                    ListFlags()),
      .examples = {"ffctl sweep events --sweep-only"},
      .run = Run,
      .answer = "ListEventsResponse",
      .long_text = true};
}

}  // namespace ff::client
