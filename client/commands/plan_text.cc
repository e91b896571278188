#include "client/commands/plan_text.h"

#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/commands/support.h"
#include "client/print/numbers.h"
#include "client/print/words.h"

namespace ff::client {
namespace {

std::vector<Column> PlanColumns(bool wide) {
  std::vector<Column> columns = {{"BUDGET", Align::kRight}, {"EXPERIMENT"},
                                 {"N", Align::kRight},      {"SHAPE"},
                                 {"TOKENS", Align::kRight}, {"D/N", Align::kRight},
                                 {"STEPS", Align::kRight},  {"BATCH", Align::kRight},
                                 {"LR", Align::kRight},     {"TIME", Align::kRight},
                                 {"MEMORY", Align::kRight}};
  if (!wide) return columns;
  for (const char* name : {"N_BODY", "D_FF", "KV_HEADS", "WARMUP", "DECAY", "ACCUM", "6ND",
                           "6ND_BODY", "EXACT", "EXACT_ALL", "CHINCHILLA", "CHECKPOINT"}) {
    columns.push_back({name, Align::kRight});
  }
  return columns;
}

Cell TimeCell(const v1::Experiment& experiment, const v1::ExperimentCost* cost) {
  if (experiment.has_result()) return {"done", "0"};
  return cost == nullptr ? Cell("-", "") : SecondsCell(cost->seconds());
}

void AddWide(const v1::Plan& plan, const v1::ExperimentCost* cost, std::vector<Cell>* cells) {
  cells->push_back(CountCell(static_cast<double>(plan.non_embedding_parameters())));
  cells->push_back(std::to_string(plan.shape().d_ff()));
  cells->push_back(std::to_string(plan.shape().kv_heads()));
  cells->push_back(std::to_string(plan.warmup_steps()));
  cells->push_back(std::to_string(plan.decay_steps()));
  cells->push_back(std::to_string(plan.accumulation_steps()));
  for (const double flops : {plan.flops_six_nd(), plan.flops_six_nd_non_embedding(),
                             plan.flops_exact(), plan.flops_exact_all(), plan.flops_chinchilla()}) {
    cells->push_back(FlopsCell(flops));
  }
  cells->push_back(BytesCell(cost == nullptr ? 0 : cost->checkpoint_bytes()));
}

// "12" or "12 to 80".
std::string Range(int64_t least, int64_t most) {
  return least == most ? std::to_string(least) : absl::StrCat(least, " to ", most);
}

// How the learning rate runs, over all experiments.
std::string ScheduleText(const v1::SweepPreview& preview) {
  std::set<double> rates;
  std::set<int64_t> warm, decay;
  for (const v1::Experiment& experiment : preview.experiments()) {
    rates.insert(experiment.plan().learning_rate());
    warm.insert(experiment.plan().warmup_steps());
    decay.insert(experiment.plan().decay_steps());
  }
  if (rates.empty()) return "";
  std::string text =
      absl::StrCat("learning rate ", Shortest(*rates.begin(), 3),
                   rates.size() > 1 ? absl::StrCat(" to ", Shortest(*rates.rbegin(), 3)) : "", ", ",
                   preview.experiments(0).plan().scheduler(), " after ",
                   Range(*warm.begin(), *warm.rbegin()), " steps of warm-up");
  if (*decay.rbegin() > 0) {
    absl::StrAppend(&text, ", falling in the last ", Range(*decay.begin(), *decay.rbegin()));
  }
  return text + "\n";
}

std::string DeviceHours(const v1::SweepPreview& preview) {
  const std::string unit = preview.device_kind() == "cuda" ? " GPU-hours" : " slot-hours";
  return absl::StrCat(Shortest(preview.slot_seconds() / 3600, 3), unit);
}

std::string TimeAndPlace(const v1::SweepPreview& preview) {
  // 0: of what computes nothing.
  const std::string rate = preview.flops_per_second() > 0
                               ? absl::StrCat(Scientific(preview.flops_per_second()),
                                              " FLOP/s each (", preview.throughput_source(), ")")
                               : preview.throughput_source();
  std::string text =
      absl::StrCat("about ", HumanSeconds(preview.estimated_seconds()), " on ",
                   Plural(preview.slots(), "slot"), " (", DeviceHours(preview), ") at ", rate,
                   "\nat most ", HumanBytes(preview.peak_memory_bytes()), " of memory a trainer");
  if (preview.device_memory_bytes() > 0) {
    absl::StrAppend(&text, ", of ", HumanBytes(preview.device_memory_bytes()));
  }
  if (preview.disk_bytes() > 0) {
    absl::StrAppend(&text, "; ", HumanBytes(preview.disk_bytes()), " of disk for checkpoints");
  }
  return text + "\n";
}

std::string OtherCounts(const v1::SweepPreview& preview) {
  std::string others;
  for (const v1::FlopTotal& total : preview.flop_totals()) {
    if (total.flop_count() == preview.flop_count()) continue;
    absl::StrAppend(&others, others.empty() ? "" : ", ", Scientific(total.flops()), " ",
                    total.flop_count());
  }
  return others.empty() ? "" : absl::StrCat("counted otherwise: ", others, "\n");
}

}  // namespace

Table ExperimentTable(const v1::SweepPreview& preview, bool wide) {
  Table table(PlanColumns(wide));
  for (int i = 0; i < preview.experiments_size(); ++i) {
    const v1::Experiment& experiment = preview.experiments(i);
    const v1::ExperimentCost* cost = i < preview.costs_size() ? &preview.costs(i) : nullptr;
    const v1::Plan& plan = experiment.plan();
    const auto n = static_cast<double>(plan.parameters());
    const auto d = static_cast<double>(plan.tokens());
    std::vector<Cell> cells = {FlopsCell(experiment.budget_flops()),
                               experiment.id(),
                               CountCell(n),
                               ShapeWord(plan.shape()),
                               CountCell(d),
                               {Scientific(d / n), Exact(d / n)},
                               std::to_string(plan.steps()),
                               std::to_string(plan.batch_size()),
                               {Shortest(plan.learning_rate(), 3), Exact(plan.learning_rate())},
                               TimeCell(experiment, cost),
                               BytesCell(plan.estimated_memory_bytes())};
    if (wide) AddWide(plan, cost, &cells);
    table.Add(std::move(cells));
  }
  return table;
}

Table TermTable(const v1::SweepPreview& preview) {
  std::vector<Column> columns = {{"SHAPE"}, {"N", Align::kRight}};
  if (preview.costs_size() > 0) {
    for (const v1::FlopTerm& term : preview.costs(0).terms()) {
      columns.push_back({absl::AsciiStrToUpper(term.name()), Align::kRight});
    }
  }
  Table table(columns);
  std::set<int64_t> seen;
  for (int i = 0; i < preview.costs_size() && i < preview.experiments_size(); ++i) {
    const v1::Plan& plan = preview.experiments(i).plan();
    if (!seen.insert(plan.parameters()).second) continue;
    std::vector<Cell> cells = {ShapeWord(plan.shape()),
                               CountCell(static_cast<double>(plan.parameters()))};
    for (const v1::FlopTerm& term : preview.costs(i).terms()) {
      cells.push_back(FlopsCell(term.training()));
    }
    table.Add(std::move(cells));
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

std::string PlanSummary(const v1::SweepPreview& preview) {
  std::map<int, int> budgets;
  for (const v1::Experiment& experiment : preview.experiments()) {
    ++budgets[experiment.budget_index()];
  }
  std::string text = absl::StrCat(Plural(preview.experiments_size(), "experiment"), " at ",
                                  Plural(static_cast<int64_t>(budgets.size()), "budget"), ", ",
                                  Scientific(preview.total_flops()), " FLOPs in all");
  absl::StrAppend(
      &text, preview.flop_count().empty() ? "" : absl::StrCat(" (", preview.flop_count(), ")"),
      "\n", OtherCounts(preview), TimeAndPlace(preview), "the largest experiment reads ",
      HumanCount(preview.tokens_needed()), " tokens\n", ScheduleText(preview));
  if (preview.has_prior()) {
    absl::StrAppend(&text, "sizes lie round N = ", Shortest(preview.prior().coefficient(), 4),
                    " C^", Shortest(preview.prior().exponent(), 4), ": ", preview.prior().origin(),
                    "\n");
  }
  for (const std::string& note : preview.notes()) absl::StrAppend(&text, "note: ", note, "\n");
  if (preview.cached() > 0) {
    absl::StrAppend(&text, Plural(preview.cached(), "experiment"),
                    " of these have a result already and will not be trained again\n");
  }
  if (preview.exists()) {
    absl::StrAppend(&text, "this is sweep ", preview.sweep_id(), ", which exists already\n");
  }
  return text;
}

PlanDiff DiffOf(const v1::SweepPreview& preview, const v1::ListExperimentsResponse& sweep) {
  PlanDiff diff;
  std::map<std::string, const v1::Experiment*> there;
  for (const v1::Experiment& experiment : sweep.experiments()) {
    there[experiment.id()] = &experiment;
  }
  for (const v1::Experiment& experiment : preview.experiments()) {
    if (there.erase(experiment.id()) > 0) {
      ++diff.unchanged;
    } else {
      diff.added.push_back(experiment);
    }
  }
  for (const v1::Experiment& experiment : sweep.experiments()) {
    if (there.count(experiment.id()) > 0) diff.removed.push_back(experiment);
  }
  return diff;
}

Table DiffTable(const PlanDiff& diff) {
  Table table({{"CHANGE"},
               {"BUDGET", Align::kRight},
               {"EXPERIMENT"},
               {"N", Align::kRight},
               {"SHAPE"},
               {"TOKENS", Align::kRight},
               {"STEPS", Align::kRight},
               {"LR", Align::kRight}});
  const auto add = [&](const char* change, const v1::Experiment& experiment) {
    const v1::Plan& plan = experiment.plan();
    table.Add({change,
               FlopsCell(experiment.budget_flops()),
               experiment.id(),
               CountCell(static_cast<double>(plan.parameters())),
               ShapeWord(plan.shape()),
               CountCell(static_cast<double>(plan.tokens())),
               std::to_string(plan.steps()),
               {Shortest(plan.learning_rate(), 3), Exact(plan.learning_rate())}});
  };
  for (const v1::Experiment& experiment : diff.added) add("+", experiment);
  for (const v1::Experiment& experiment : diff.removed) add("-", experiment);
  return table;
}

}  // namespace ff::client
