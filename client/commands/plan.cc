// ffctl plan: a dry run. What would be trained, what was left out and why, what it costs.
#include <map>

#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/print/numbers.h"
#include "client/print/words.h"
#include "client/sweep_request.h"

namespace ff::client {
namespace {

Table ExperimentTable(const v1::SweepPreview& preview) {
  Table table({{"BUDGET", Align::kRight},
               {"EXPERIMENT"},
               {"N", Align::kRight},
               {"SHAPE"},
               {"TOKENS", Align::kRight},
               {"D/N", Align::kRight},
               {"STEPS", Align::kRight},
               {"LR", Align::kRight},
               {"MEMORY", Align::kRight}});
  for (const v1::Experiment& experiment : preview.experiments()) {
    const v1::Plan& plan = experiment.plan();
    const auto n = static_cast<double>(plan.parameters());
    const auto d = static_cast<double>(plan.tokens());
    table.Add({FlopsCell(experiment.budget_flops()),
               experiment.id(),
               CountCell(n),
               ShapeWord(plan.shape()),
               CountCell(d),
               {Scientific(d / n), Exact(d / n)},
               std::to_string(plan.steps()),
               {Shortest(plan.learning_rate(), 3), Exact(plan.learning_rate())},
               BytesCell(plan.estimated_memory_bytes())});
  }
  return table;
}

Table DroppedTable(const v1::SweepPreview& preview) {
  Table table({{"BUDGET", Align::kRight}, {"N", Align::kRight}, {"LEFT OUT BECAUSE"}});
  for (const v1::DroppedCell& cell : preview.dropped()) {
    table.Add({FlopsCell(cell.budget_flops()), CountCell(cell.target_parameters()), cell.reason()});
  }
  return table;
}

std::string Summary(const v1::SweepPreview& preview) {
  std::map<int, int> budgets;
  for (const v1::Experiment& experiment : preview.experiments()) {
    ++budgets[experiment.budget_index()];
  }
  std::string text = absl::StrCat(
      Plural(preview.experiments_size(), "experiment"), " at ",
      Plural(static_cast<int64_t>(budgets.size()), "budget"), ", ",
      Scientific(preview.total_flops()), " FLOPs in all\n", "about ",
      HumanSeconds(preview.estimated_seconds()), " on ", Plural(preview.slots(), "slot"), " at ",
      Scientific(preview.flops_per_second()), " FLOP/s each (",
      preview.throughput_measured() ? "measured" : "assumed: planner.estimate.flops_per_second",
      "), at most ", HumanBytes(preview.peak_memory_bytes()), " of memory a trainer\n");
  absl::StrAppend(&text, "the largest experiment reads ", HumanCount(preview.tokens_needed()),
                  " tokens\n");
  if (preview.cached() > 0) {
    absl::StrAppend(&text, Plural(preview.cached(), "experiment"),
                    " of these have a result already and will not be trained again\n");
  }
  if (preview.exists()) {
    absl::StrAppend(&text, "this is sweep ", preview.sweep_id(), ", which exists already\n");
  }
  return text;
}

void PrintForPeople(Session& session, const v1::SweepPreview& preview, const Table& experiments) {
  session.out() << experiments.Render(session.table_width(), session.out_style()) << "\n";
  if (preview.dropped_size() > 0) {
    session.out() << DroppedTable(preview).Render(session.table_width(), session.out_style())
                  << "\n";
  }
  session.out() << VisibleText(Summary(preview));
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const Words words = SplitWords(arguments.words);
  if (!words.others.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("ffctl plan takes KEY=VALUE words, not '", words.others[0], "'"));
  }
  const absl::StatusOr<v1::FlopsFitConfig> config =
      ReadConfig(arguments, words.overrides, "planner");
  if (!config.ok()) return config.status();
  v1::PlanSweepRequest request;
  absl::StatusOr<v1::SweepSpec> spec = MakeSweepSpec(*config, session.cwd());
  if (!spec.ok()) return spec.status();
  *request.mutable_spec() = *std::move(spec);
  const absl::StatusOr<CoordinatorClient*> client = session.Connect(SettingsOf(*config), true);
  if (!client.ok()) return client.status();
  const absl::StatusOr<v1::SweepPreview> preview = (*client)->PlanSweep(request);
  if (!preview.ok()) return preview.status();
  const Table experiments = ExperimentTable(*preview);
  std::vector<std::string> names;
  for (const v1::Experiment& experiment : preview->experiments()) names.push_back(experiment.id());
  if (!PrintForPrograms(session, *preview, experiments, names)) {
    PrintForPeople(session, *preview, experiments);
  }
  if (absl::Status status =
          WriteAndSay(session, config->planner().output().sweep_path(), SweepJson(*preview));
      !status.ok()) {
    return status;
  }
  return Exit::kOk;
}

}  // namespace

Command PlanCommand() {
  return {.noun = "plan",
          .summary = "Show what would be trained and what it costs; write sweep.json",
          .words = "[KEY=VALUE...]",
          .max_words = -1,
          .flags = ConfigFlags(),
          .examples = {"ffctl plan --preset cpu_fast", "ffctl plan compute.max_flops=1e14 -o json"},
          .details = "Nothing is trained. Keys are those of the planner, then of the trainer.",
          .run = Run};
}

}  // namespace ff::client
