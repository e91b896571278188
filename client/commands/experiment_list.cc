// ffctl experiment list.
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/commands/all.h"
#include "client/commands/print_list.h"
#include "client/commands/support.h"
#include "client/commands/sweep_table.h"
#include "client/print/words.h"
#include "server/filter/experiment_fields.h"
#include "server/filter/parse.h"

namespace ff::client {
namespace {

constexpr int kRowsForPeople = 50;

// People get 50 rows and are told so; programs get all.
absl::StatusOr<int> Limit(const Session& session, const Arguments& arguments) {
  const bool people = session.output() == Output::kTable || session.output() == Output::kWide;
  int limit = people ? kRowsForPeople : 0;
  if (!arguments.Has("limit")) return limit;
  if (absl::SimpleAtoi(arguments.Get("limit"), &limit) && limit >= 0) return limit;
  return absl::InvalidArgumentError(
      absl::StrCat("--limit is a number of rows (0: all), not '", arguments.Get("limit"), "'"));
}

absl::Status CheckConditions(const v1::ListExperimentsRequest& request) {
  if (!request.filter().empty()) {
    const auto condition = filter::Parse(request.filter(), filter::ExperimentFields());
    if (!condition.ok()) return condition.status();
  }
  if (request.sort().empty()) return absl::OkStatus();
  return filter::ParseOrder(request.sort(), filter::ExperimentFields()).status();
}

// Column names of the table that the coordinator knows by another name.
std::string FieldOf(const std::string& column) {
  if (column == "experiment" || column == "-experiment") return column[0] == '-' ? "-id" : "id";
  return column;
}

absl::Status Print(Session& session, const Arguments& arguments, CoordinatorClient& client,
                   const v1::ListExperimentsRequest& request) {
  const absl::StatusOr<v1::ListExperimentsResponse> response = client.ListExperiments(request);
  if (!response.ok()) return SweepError(response.status());
  Listing listing{&*response,
                  ExperimentTable(response->experiments()),
                  {},
                  "no experiments in these states",
                  true};
  for (const v1::Experiment& experiment : response->experiments()) {
    listing.names.push_back(experiment.id());
  }
  if (absl::Status printed = PrintList(session, arguments, listing); !printed.ok()) return printed;
  if (response->total() > response->experiments_size()) {
    session.Note(absl::StrCat("showing ", response->experiments_size(), " of ", response->total(),
                              "; --limit 0 shows all"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  v1::ListExperimentsRequest request;
  request.set_sweep(SweepWord(arguments.words));
  for (const std::string& word : arguments.All("state")) {
    const absl::StatusOr<v1::ExperimentState> state = ParseExperimentState(word);
    if (!state.ok()) return state.status();
    request.add_states(*state);
  }
  const absl::StatusOr<int> limit = Limit(session, arguments);
  if (!limit.ok()) return limit.status();
  request.set_limit(*limit);
  request.set_filter(arguments.Get("filter"));
  request.set_sort(FieldOf(arguments.Get("sort-by")));
  // Said here, before anything is started.
  if (const absl::Status read = CheckConditions(request); !read.ok()) return read;
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  return PrintWatched(session, arguments,
                      [&](Session& s) { return Print(s, arguments, **client, request); });
}

std::string FieldHelp() {
  std::string text =
      "A CONDITION compares fields: = != < <= > >= ~ (contains) in (A, B), joined by and, or, not\n"
      "and parentheses; `none` is what is not there yet. Fields, also for --sort-by:\n";
  for (const filter::Field& field : filter::ExperimentFields()) {
    absl::StrAppendFormat(&text, "  %-12s %s\n", field.name, field.meaning);
  }
  text.pop_back();
  return text;
}

}  // namespace

Command ExperimentListCommand() {
  return {
      .noun = "experiment",
      .verb = "list",
      .summary = "List a sweep's experiments",
      .words = "[SWEEP]",
      .max_words = 1,
      .flags = With(
          {{"--state",
            "STATE",
            "waiting, leased, running, finished, failed or cancelled",
            true,
            {}},
           {"--limit", "ROWS", "at most this many, 0 for all; default 50 for people", false, {}}},
          ListFlags()),
      .examples = {"ffctl exp list --state failed", "ffctl exp list -o csv > runs.csv",
                   "ffctl exp list --filter 'loss < 3.2 and n > 1M' --sort-by -loss"},
      .details = FieldHelp(),
      .run = Run,
      .answer = "ListExperimentsResponse",
      .long_text = true};
}

}  // namespace ff::client
