#include "client/commands/plan_next.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/commands/support.h"
#include "client/print/numbers.h"
#include "client/print/words.h"
#include "client/sweep_request.h"
#include "conf/load/effective.h"

namespace ff::client {
namespace {

constexpr char kDefaultPath[] = "outputs/next.yaml";
constexpr double kAboveZero = 1e-300;

absl::StatusOr<double> Number(const Arguments& arguments, const std::string& flag, double least) {
  const std::string text = arguments.Get(flag);
  double value = 0;
  if (text.empty()) return value;
  if (!absl::SimpleAtod(text, &value) || !std::isfinite(value) || value < least) {
    return absl::InvalidArgumentError(absl::StrCat("--", flag, " is a number",
                                                   least > 0 ? " above 0" : " of at least 0",
                                                   ", not '", text, "'"));
  }
  return value;
}

absl::StatusOr<v1::PlanNextRequest> RequestOf(const Arguments& arguments) {
  const Words words = SplitWords(arguments.words);
  if (!words.overrides.empty() || words.others.size() > 1) {
    return absl::InvalidArgumentError(
        "ffctl plan --next takes one sweep and no keys: the sweep's own configuration is used");
  }
  v1::PlanNextRequest request;
  request.set_sweep(SweepWord(words.others));
  request.set_goal(arguments.Get("goal"));
  const absl::StatusOr<double> flops = Number(arguments, "flops", kAboveZero);
  if (!flops.ok()) return flops.status();
  const absl::StatusOr<double> max_flops = Number(arguments, "max-flops", kAboveZero);
  if (!max_flops.ok()) return max_flops.status();
  const absl::StatusOr<double> power = Number(arguments, "cost-power", 0);
  if (!power.ok()) return power.status();
  const absl::StatusOr<double> count = Number(arguments, "count", 1);
  if (!count.ok()) return count.status();
  request.set_target_flops(*flops);
  request.set_max_flops(*max_flops);
  request.set_cost_power(*power);
  request.set_count(static_cast<int>(std::min(*count, 1000.0)));
  return request;
}

// Half an interval: of a size or loss relative, of an exponent absolute.
std::string HalfInterval(double half, const std::string& goal) {
  if (!std::isfinite(half)) return "-";
  if (goal == "exponent") return absl::StrCat("\u00b1", Shortest(half, 2));
  return absl::StrCat("\u00b1", Shortest(100 * half, 3), " %");
}

Table NextTable(const v1::NextPlan& plan) {
  Table table({{"BUDGET", Align::kRight},
               {"EXPERIMENT"},
               {"N", Align::kRight},
               {"SHAPE"},
               {"TOKENS", Align::kRight},
               {"D/N", Align::kRight},
               {"BEFORE", Align::kRight},
               {"AFTER", Align::kRight},
               {"SHRINKS", Align::kRight},
               {"BECAUSE"}});
  for (const v1::NextExperiment& next : plan.experiments()) {
    const v1::Plan& p = next.experiment().plan();
    const auto n = static_cast<double>(p.parameters());
    const auto d = static_cast<double>(p.tokens());
    const bool counts = std::isfinite(next.shrinkage());
    table.Add({FlopsCell(next.experiment().budget_flops()),
               next.experiment().id(),
               CountCell(n),
               ShapeWord(p.shape()),
               CountCell(d),
               {Scientific(d / n), Exact(d / n)},
               {HalfInterval(next.interval_before(), plan.goal()), Exact(next.interval_before())},
               {HalfInterval(next.interval_after(), plan.goal()), Exact(next.interval_after())},
               {counts ? absl::StrCat(Shortest(100 * next.shrinkage(), 3), " %") : "-",
                Exact(next.shrinkage())},
               next.reason()});
  }
  return table;
}

std::string QuantityWords(const v1::NextPlan& plan) {
  if (plan.goal() == "exponent") return "the exponent of N_opt";
  return absl::StrCat(plan.goal() == "loss" ? "the loss" : "the best size", " at ",
                      Scientific(plan.target_flops()), " FLOP");
}

// Groups and keys that a spec kept from before they were there does not have.
v1::SweepSpec WithEveryKey(v1::SweepSpec spec, const v1::PlannerConfig& defaults) {
  v1::PlannerConfig& planner = *spec.mutable_planner();
  if (planner.has_prior() && planner.has_batch_schedule()) return spec;
  *planner.mutable_prior() = defaults.prior();
  *planner.mutable_batch_schedule() = defaults.batch_schedule();
  planner.mutable_tokens()->set_max_steps(defaults.tokens().max_steps());
  planner.mutable_lr_schedule()->set_base_flops(defaults.lr_schedule().base_flops());
  planner.mutable_lr_schedule()->set_base_tokens(defaults.lr_schedule().base_tokens());
  planner.mutable_lr_schedule()->set_batch_power(defaults.lr_schedule().batch_power());
  return spec;
}

absl::StatusOr<std::string> PresetOf(const v1::NextPlan& plan, const Arguments& none) {
  const absl::StatusOr<v1::FlopsFitConfig> defaults = ReadConfig(none, {}, "planner");
  if (!defaults.ok()) return defaults.status();
  const v1::SweepSpec spec = WithEveryKey(plan.spec(), defaults->planner());
  return absl::StrCat("# Sweep ", plan.sweep_id(), " with ", plan.experiments_size(),
                      " more experiments, for ", QuantityWords(plan),
                      ".\n# ffctl train --preset THIS_FILE   takes over its results and trains "
                      "the rest.\n",
                      conf::SectionYaml(spec.planner()), conf::SectionYaml(spec.trainer()),
                      spec.has_analyzer() ? conf::SectionYaml(spec.analyzer()) : "");
}

}  // namespace

std::vector<Flag> NextFlags() {
  return {
      {"--next", "", "after a fit: the experiments that would tell most", false, {}},
      {"--flops",
       "X",
       "--next: compute to predict for, default ten times the largest budget",
       false,
       {}},
      {"--count", "K", "--next: how many experiments, default 4", false, {}},
      {"--goal",
       "WORD",
       "--next: whose interval is to shrink: size (default), loss or exponent",
       false,
       {"size", "loss", "exponent"}},
      {"--max-flops",
       "X",
       "--next: no experiment dearer than this, default the largest budget",
       false,
       {}},
      {"--cost-power",
       "P",
       "--next: gain is divided by FLOP^P, default 0: cost is no object",
       false,
       {}},
      {"--write", "PATH", "--next: where the preset goes, default outputs/next.yaml", false, {}}};
}

absl::StatusOr<Exit> PlanNext(Session& session, const Arguments& arguments) {
  const absl::StatusOr<v1::PlanNextRequest> request = RequestOf(arguments);
  if (!request.ok()) return request.status();
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  const absl::StatusOr<v1::NextPlan> plan = (*client)->PlanNext(*request);
  if (!plan.ok()) return SweepError(plan.status());
  const Table table = NextTable(*plan);
  std::vector<std::string> names;
  for (const v1::NextExperiment& next : plan->experiments()) {
    names.push_back(next.experiment().id());
  }
  if (!PrintForPrograms(session, *plan, table, names)) {
    session.out() << table.Render(session.table_width(), session.out_style()) << "\n"
                  << VisibleText(
                         absl::StrCat("interval of ", QuantityWords(*plan), ": ",
                                      HalfInterval(plan->interval_before(), plan->goal()), " now, ",
                                      HalfInterval(plan->interval_after(), plan->goal()),
                                      " with these, which cost ", Scientific(plan->total_flops()),
                                      " FLOPs\nlaw: ", plan->law(), "\n"));
    for (const std::string& note : plan->notes()) session.Note("note: " + note);
  }
  if (plan->experiments_size() == 0) return Exit::kOk;
  const absl::StatusOr<std::string> preset = PresetOf(*plan, Arguments());
  if (!preset.ok()) return preset.status();
  const std::string path = arguments.Get("write", kDefaultPath);
  if (absl::Status status = WriteAndSay(session, path, *preset); !status.ok()) return status;
  session.Note(absl::StrCat("next: ffctl train --preset ", path));
  return Exit::kOk;
}

}  // namespace ff::client
