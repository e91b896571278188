// ffctl experiment list.
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/commands/sweep_table.h"
#include "client/print/words.h"

namespace ff::client {
namespace {

constexpr int kRowsForPeople = 50;

// People get 50 rows and are told so; programs get all.
absl::StatusOr<int> Limit(const Session& session, const Arguments& arguments) {
  int limit = session.output() == Output::kTable ? kRowsForPeople : 0;
  if (!arguments.Has("limit")) return limit;
  if (absl::SimpleAtoi(arguments.Get("limit"), &limit) && limit >= 0) return limit;
  return absl::InvalidArgumentError(
      absl::StrCat("--limit is a number of rows (0: all), not '", arguments.Get("limit"), "'"));
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
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  const absl::StatusOr<v1::ListExperimentsResponse> response = (*client)->ListExperiments(request);
  if (!response.ok()) return SweepError(response.status());
  std::vector<std::string> names;
  for (const v1::Experiment& experiment : response->experiments()) {
    names.push_back(experiment.id());
  }
  PrintList(session, *response, ExperimentTable(response->experiments()), names,
            "no experiments in these states");
  if (response->total() > response->experiments_size()) {
    session.Note(absl::StrCat("showing ", response->experiments_size(), " of ", response->total(),
                              "; --limit 0 shows all"));
  }
  return Exit::kOk;
}

}  // namespace

Command ExperimentListCommand() {
  return {
      .noun = "experiment",
      .verb = "list",
      .summary = "List a sweep's experiments",
      .words = "[SWEEP]",
      .max_words = 1,
      .flags =
          {{"--state",
            "STATE",
            "waiting, leased, running, finished, failed or cancelled",
            true,
            {}},
           {"--limit", "ROWS", "at most this many, 0 for all; default 50 for people", false, {}}},
      .examples = {"ffctl exp list --state failed", "ffctl exp list -o csv > runs.csv"},
      .run = Run};
}

}  // namespace ff::client
