// ffctl plan: a dry run. What would be trained, what was left out and why, what it costs;
// --diff: what of it is new; --next: what to train after a fit (plan_next.cc).
#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/plan_next.h"
#include "client/commands/plan_text.h"
#include "client/commands/support.h"
#include "client/print/json.h"
#include "client/sweep_request.h"
#include "nlohmann/json.hpp"

namespace ff::client {
namespace {

struct Planned {
  v1::SweepPreview preview;
  std::string sweep_path;
};

absl::StatusOr<Planned> PlanOf(Session& session, const Arguments& arguments) {
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
  absl::StatusOr<v1::SweepPreview> preview = (*client)->PlanSweep(request);
  if (!preview.ok()) return preview.status();
  return Planned{*std::move(preview), config->planner().output().sweep_path()};
}

void PrintForPeople(Session& session, const v1::SweepPreview& preview, const Table& experiments,
                    bool wide) {
  session.out() << experiments.Render(session.table_width(), session.out_style()) << "\n";
  if (wide) {
    session.out() << "FLOP of training a token, by term:\n"
                  << TermTable(preview).Render(session.table_width(), session.out_style()) << "\n";
  }
  if (preview.dropped_size() > 0) {
    session.out() << DroppedTable(preview).Render(session.table_width(), session.out_style())
                  << "\n";
  }
  session.out() << VisibleText(PlanSummary(preview));
}

absl::StatusOr<Exit> Show(Session& session, const Arguments& arguments) {
  const absl::StatusOr<Planned> planned = PlanOf(session, arguments);
  if (!planned.ok()) return planned.status();
  const v1::SweepPreview& preview = planned->preview;
  const bool wide = session.output() == Output::kWide;
  const Table experiments = ExperimentTable(preview, wide || session.output() == Output::kCsv);
  std::vector<std::string> names;
  for (const v1::Experiment& experiment : preview.experiments()) names.push_back(experiment.id());
  if (!PrintForPrograms(session, preview, experiments, names)) {
    PrintForPeople(session, preview, experiments, wide);
  }
  if (absl::Status status = WriteAndSay(session, planned->sweep_path, SweepJson(preview));
      !status.ok()) {
    return status;
  }
  return Exit::kOk;
}

void PrintDiff(Session& session, const PlanDiff& diff, const std::string& sweep) {
  const auto ids = [](const std::vector<v1::Experiment>& experiments) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const v1::Experiment& experiment : experiments) list.push_back(experiment.id());
    return list;
  };
  const Table table = DiffTable(diff);
  if (session.wants_data()) {
    const nlohmann::ordered_json root = {{"apiVersion", "ff/v1"},
                                         {"sweep", sweep},
                                         {"added", ids(diff.added)},
                                         {"removed", ids(diff.removed)},
                                         {"unchanged", diff.unchanged}};
    session.PrintData(root.dump(2) + "\n");
    return;
  }
  switch (session.output()) {
    case Output::kCsv:
      session.out() << table.Csv();
      return;
    case Output::kName:
      for (const v1::Experiment& experiment : diff.added) session.out() << experiment.id() << "\n";
      return;
    default:
      break;
  }
  if (!table.empty()) {
    session.out() << table.Render(session.table_width(), session.out_style()) << "\n";
  }
  session.out() << VisibleText(absl::StrCat(diff.added.size(), " to add, ", diff.removed.size(),
                                            " in sweep ", sweep, " alone, ", diff.unchanged,
                                            " the same\n"));
}

absl::StatusOr<Exit> Diff(Session& session, const Arguments& arguments) {
  const absl::StatusOr<Planned> planned = PlanOf(session, arguments);
  if (!planned.ok()) return planned.status();
  const absl::StatusOr<CoordinatorClient*> client = session.Client();
  if (!client.ok()) return client.status();
  v1::ListExperimentsRequest request;
  request.set_sweep(arguments.Get("diff"));
  const absl::StatusOr<v1::ListExperimentsResponse> there = (*client)->ListExperiments(request);
  if (!there.ok()) return SweepError(there.status());
  const PlanDiff diff = DiffOf(planned->preview, *there);
  PrintDiff(session, diff, arguments.Get("diff"));
  return diff.Empty() ? Exit::kOk : Exit::kError;
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  if (arguments.Has("next")) return PlanNext(session, arguments);
  for (const char* flag : {"flops", "count", "goal", "cost-power", "max-flops"}) {
    if (arguments.Has(flag)) {
      return absl::InvalidArgumentError(absl::StrCat("--", flag, " goes with --next"));
    }
  }
  if (!arguments.Has("diff")) return Show(session, arguments);
  absl::StatusOr<Exit> exit = Diff(session, arguments);
  if (exit.ok()) return exit;
  // 1 would say that something is new.
  session.err() << ErrorText(exit.status(), session.err_style()) << std::flush;
  return Exit::kDiffFailed;
}

}  // namespace

Command PlanCommand() {
  std::vector<Flag> flags = SweepFlags();
  flags.push_back({"--diff",
                   "SWEEP",
                   "only what differs from this sweep; exit code 0: nothing, 1: something, 255: "
                   "error",
                   false,
                   {}});
  for (const Flag& flag : NextFlags()) flags.push_back(flag);
  return {
      .noun = "plan",
      .summary = "Show what would be trained and what it costs; write sweep.json",
      .words = "[KEY=VALUE...] | --next [SWEEP]",
      .max_words = -1,
      .flags = flags,
      .examples = {"ffctl plan --preset cpu_fast", "ffctl plan compute.max_flops=1e14 -o json",
                   "ffctl plan -o wide", "ffctl plan --preset cpu_fast --sweep-lr 0.25,0.5,1,2,4",
                   "ffctl plan --preset cpu_fast --diff @latest",
                   "ffctl plan --next @latest --flops 1e18"},
      .details =
          "Nothing is trained. Keys are those of the planner, then of the trainer. -o wide "
          "shows every\ndefinition of FLOP and every term of it; -o json has them all.",
      .run = Run,
      .answer = "SweepPreview",
      .long_text = true};
}

}  // namespace ff::client
