// ffctl experiment delete: one experiment out of a sweep, for good.
#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/deletion.h"
#include "client/commands/support.h"

namespace ff::client {
namespace {

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const absl::StatusOr<int64_t> if_version = IfVersion(arguments);
  if (!if_version.ok()) return if_version.status();
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  v1::ExperimentRequest which;
  which.set_sweep(arguments.Get("sweep"));
  which.set_experiment(arguments.words[0]);
  const absl::StatusOr<v1::Experiment> before = (*client)->GetExperiment(which);
  if (!before.ok()) return WithNext(before.status(), "ffctl experiment list");
  v1::DeleteExperimentRequest request;
  request.set_sweep(before->sweep_id());
  request.set_experiment(before->id());
  request.set_if_version(*if_version);
  request.set_by(session.Author(arguments.Get("reason")));
  return Delete(session, arguments, before->id().substr(0, 8),
                absl::StrCat("ffctl experiment delete ", before->id(), " --yes"),
                [&](bool dry_run) {
                  request.set_dry_run(dry_run);
                  return (*client)->DeleteExperiment(request);
                });
}

}  // namespace

Command ExperimentDeleteCommand() {
  return {
      .noun = "experiment",
      .verb = "delete",
      .summary = "Delete an experiment with its result, measurements and logs",
      .words = "EXPERIMENT",
      .min_words = 1,
      .max_words = 1,
      .flags = With({{"-y,--yes", "", "do not ask", false, {}},
                     {"--sweep", "SWEEP", "where several sweeps have it", false, {}}},
                    SweepChangeFlags()),
      .examples = {"ffctl exp delete 3f2a --dry-run"},
      .details =
          "One that is being trained is refused, and the only one of a sweep. The law is fitted\n"
          "again without it.",
      .run = Run,
      .answer = "Deletion"};
}

}  // namespace ff::client
