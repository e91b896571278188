// ffctl experiment retry: failed experiments wait for a worker again.
#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/print_list.h"
#include "client/commands/support.h"
#include "client/commands/sweep_table.h"

namespace ff::client {
namespace {

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  if (arguments.Has("failed") == !arguments.words.empty()) {
    return Fail(absl::StatusCode::kInvalidArgument,
                "name one experiment, or say --failed for every failed one of the sweep", "",
                "ffctl experiment list --state failed");
  }
  const bool all = arguments.words.empty();
  const std::string what = all ? "retry every failed experiment of the sweep"
                               : absl::StrCat("retry experiment ", arguments.words[0]);
  if (IsDryRun(session, arguments, what)) return Exit::kOk;
  const absl::StatusOr<int64_t> if_version = IfVersion(arguments);
  if (!if_version.ok()) return if_version.status();
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  v1::RetryExperimentRequest request;
  request.set_if_version(*if_version);
  request.set_by(session.Author(arguments.Get("reason")));
  request.set_sweep(arguments.Get("sweep", all ? kLatest : ""));
  if (!all) request.set_experiment(arguments.words[0]);
  const absl::StatusOr<v1::RetryExperimentResponse> response = (*client)->RetryExperiment(request);
  if (!response.ok()) {
    return WithNext(SweepError(response.status()), "ffctl experiment list --state failed");
  }
  std::vector<std::string> names;
  for (const v1::Experiment& experiment : response->experiments()) {
    names.push_back(experiment.id());
  }
  const absl::Status printed =
      PrintList(session, arguments,
                {&*response, ExperimentTable(response->experiments()), names,
                 "nothing to retry: no experiment of this sweep failed"});
  if (!printed.ok()) return printed;
  return Exit::kOk;
}

}  // namespace

Command ExperimentRetryCommand() {
  return {.noun = "experiment",
          .verb = "retry",
          .summary = "Try failed experiments again",
          .words = "[EXPERIMENT]",
          .max_words = 1,
          .flags = With({{"--failed", "", "every failed one of the sweep", false, {}},
                         {"--sweep", "SWEEP", "the sweep; default @latest", false, {}}},
                        SweepChangeFlags()),
          .examples = {"ffctl exp retry --failed", "ffctl exp retry 3f2a"},
          .run = Run,
          .answer = "RetryExperimentResponse"};
}

}  // namespace ff::client
