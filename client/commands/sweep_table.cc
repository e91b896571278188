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

Cell HoursCell(double seconds) {
  return {Fixed(seconds / 3600, seconds < 36000 ? 2 : 0), Exact(seconds / 3600)};
}

// Of GPUs where it holds some, else of slots.
Cell HoursLeft(const v1::Sweep& sweep) {
  const double seconds =
      sweep.gpu_seconds_spent() > 0 ? sweep.gpu_seconds_left() : sweep.slot_seconds_left();
  return seconds < 0 || sweep.state() != v1::SWEEP_STATE_ACTIVE ? Cell("-") : HoursCell(seconds);
}

double Loss(const v1::Experiment& experiment) {
  if (!experiment.has_result()) return experiment.last_loss();
  const v1::Result& result = experiment.result();
  return std::isfinite(result.final_val_loss()) ? result.final_val_loss()
                                                : result.final_train_loss();
}

Cell TrainLoss(const v1::Experiment& experiment) {
  const double loss =
      experiment.has_result() ? experiment.result().final_train_loss() : experiment.last_loss();
  return loss == 0 ? Cell("-") : NumberCell(loss, 4);
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
               {"CREATED"},
               {"VERSION", Align::kRight, true},
               {"PRIORITY", Align::kRight, true},
               {"WEIGHT", Align::kRight, true},
               {"MAX RUNNING", Align::kRight, true},
               {"SLOT-HOURS", Align::kRight, true},
               {"GPU-HOURS", Align::kRight, true},
               {"LEFT", Align::kRight, true},
               {"ENDED", Align::kLeft, true}});
  for (const v1::Sweep& sweep : sweeps) {
    table.Add(
        {sweep.id(), sweep.name(), StateWord(sweep.state()), Done(sweep.counts()),
         std::to_string(sweep.counts().running() + sweep.counts().leased()),
         std::to_string(sweep.counts().failed()), FlopsCell(sweep.total_flops()),
         sweep.state() == v1::SWEEP_STATE_ACTIVE ? SecondsCell(sweep.eta_seconds()) : Cell("-"),
         LocalTime(sweep.created_at()), std::to_string(sweep.version()),
         std::to_string(sweep.scheduling().priority()), Exact(sweep.scheduling().weight()),
         std::to_string(sweep.scheduling().max_running()), HoursCell(sweep.slot_seconds_spent()),
         HoursCell(sweep.gpu_seconds_spent()), HoursLeft(sweep),
         sweep.has_finished_at() ? LocalTime(sweep.finished_at()) : "-"});
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
               {"WHY"},
               {"LR", Align::kRight, true},
               {"BATCH", Align::kRight, true},
               {"STEP", Align::kRight, true},
               {"STEPS", Align::kRight, true},
               {"TOKENS/S", Align::kRight, true},
               {"TRAIN LOSS", Align::kRight, true},
               {"TOOK", Align::kRight, true}});
  for (const v1::Experiment& experiment : experiments) {
    const v1::Plan& plan = experiment.plan();
    const bool has_loss = experiment.has_result() || experiment.last_loss() != 0;
    table.Add(
        {experiment.id(), StateWord(experiment.state()), FlopsCell(experiment.budget_flops()),
         CountCell(static_cast<double>(plan.parameters())), ShapeWord(plan.shape()),
         CountCell(static_cast<double>(plan.tokens())), Progress(experiment),
         has_loss ? NumberCell(Loss(experiment), 4) : Cell("-"), experiment.worker_id(),
         experiment.has_failure() && experiment.state() != v1::EXPERIMENT_STATE_FINISHED
             ? absl::StrCat(experiment.failure().kind(), ": ", experiment.failure().message())
             : "",
         Exact(plan.learning_rate()), std::to_string(plan.batch_size()),
         std::to_string(experiment.has_result() ? experiment.result().steps() : experiment.step()),
         std::to_string(plan.steps()),
         experiment.tokens_per_second() > 0 ? CountCell(experiment.tokens_per_second()) : Cell("-"),
         TrainLoss(experiment),
         experiment.has_result() ? SecondsCell(experiment.result().train_seconds()) : Cell("-")});
  }
  return table;
}

Table Shown(const Session& session, const Table& table) {
  return session.output() == Output::kWide ? table : table.Narrow();
}

void PrintSweep(Session& session, const v1::Sweep& sweep) {
  google::protobuf::RepeatedPtrField<v1::Sweep> one;
  *one.Add() = sweep;
  const Table table = SweepTable(one);
  if (PrintForPrograms(session, sweep, table, {sweep.id()})) return;
  const Style style = session.out_style();
  session.out() << Shown(session, table).Render(session.table_width(), style) << "\n";
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
