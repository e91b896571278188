#include "client/commands/sweep_table.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "client/commands/support.h"
#include "client/print/numbers.h"
#include "client/print/words.h"

namespace ff::client {
namespace {

std::string Done(const v1::StateCounts& counts) {
  return absl::StrCat(counts.finished(), "/", counts.total());
}

double Loss(const v1::Experiment& experiment) {
  if (!experiment.has_result()) return experiment.last_loss();
  const v1::Result& result = experiment.result();
  return std::isfinite(result.final_val_loss()) ? result.final_val_loss()
                                                : result.final_train_loss();
}

std::string Progress(const v1::Experiment& experiment) {
  const auto steps = static_cast<double>(experiment.plan().steps());
  if (experiment.state() == v1::EXPERIMENT_STATE_FINISHED) return "100 %";
  if (experiment.step() == 0 || steps == 0) return "";
  return Fixed(100 * static_cast<double>(experiment.step()) / steps, 0) + " %";
}

}  // namespace

Table SweepTable(const google::protobuf::RepeatedPtrField<v1::Sweep>& sweeps) {
  Table table({{"SWEEP"},
               {"NAME"},
               {"STATE"},
               {"FINISHED", Align::kRight},
               {"RUNNING", Align::kRight},
               {"FAILED", Align::kRight},
               {"FLOPS", Align::kRight},
               {"ETA", Align::kRight},
               {"CREATED"}});
  for (const v1::Sweep& sweep : sweeps) {
    table.Add(
        {sweep.id(), sweep.name(), StateWord(sweep.state()), Done(sweep.counts()),
         std::to_string(sweep.counts().running() + sweep.counts().leased()),
         std::to_string(sweep.counts().failed()), FlopsCell(sweep.total_flops()),
         sweep.state() == v1::SWEEP_STATE_ACTIVE ? SecondsCell(sweep.eta_seconds()) : Cell("-"),
         LocalTime(sweep.created_at())});
  }
  return table;
}

void PrintWaiting(Session& session, const google::protobuf::RepeatedPtrField<v1::Sweep>& sweeps) {
  if (session.output() != Output::kTable && session.output() != Output::kWide) return;
  const Style style = session.out_style();
  for (const v1::Sweep& sweep : sweeps) {
    if (sweep.waiting_reason().empty()) continue;
    session.out() << style.Red(absl::StrCat("  ", VisibleLine(sweep.name()), ": ",
                                            VisibleLine(sweep.waiting_reason())))
                  << "\n";
  }
}

Table ExperimentTable(const google::protobuf::RepeatedPtrField<v1::Experiment>& experiments) {
  Table table({{"EXPERIMENT"},
               {"STATE"},
               {"BUDGET", Align::kRight},
               {"N", Align::kRight},
               {"SHAPE"},
               {"TOKENS", Align::kRight},
               {"DONE", Align::kRight},
               {"LOSS", Align::kRight},
               {"WORKER"},
               {"WHY"}});
  for (const v1::Experiment& experiment : experiments) {
    const v1::Plan& plan = experiment.plan();
    const bool has_loss = experiment.has_result() || experiment.last_loss() != 0;
    table.Add({experiment.id(), StateWord(experiment.state()), FlopsCell(experiment.budget_flops()),
               CountCell(static_cast<double>(plan.parameters())), ShapeWord(plan.shape()),
               CountCell(static_cast<double>(plan.tokens())), Progress(experiment),
               has_loss ? NumberCell(Loss(experiment), 4) : Cell("-"), experiment.worker_id(),
               experiment.has_failure() && experiment.state() != v1::EXPERIMENT_STATE_FINISHED
                   ? absl::StrCat(experiment.failure().kind(), ": ", experiment.failure().message())
                   : ""});
  }
  return table;
}

void PrintSweep(Session& session, const v1::Sweep& sweep) {
  google::protobuf::RepeatedPtrField<v1::Sweep> one;
  *one.Add() = sweep;
  const Table table = SweepTable(one);
  if (PrintForPrograms(session, sweep, table, {sweep.id()})) return;
  const Style style = session.out_style();
  session.out() << table.Render(session.table_width(), style) << "\n";
  for (const std::string& line : ProgressBoard(sweep, session.width(), style)) {
    session.out() << line << "\n";
  }
  PrintWaiting(session, one);
  for (const v1::DroppedCell& cell : sweep.dropped()) {
    session.out() << "  left out: " << Scientific(cell.budget_flops()) << ", "
                  << HumanCount(cell.target_parameters()) << ": " << VisibleLine(cell.reason())
                  << "\n";
  }
}

}  // namespace ff::client
