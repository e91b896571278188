// ffctl experiment get: the plan, the attempts, the result.
#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/commands/sweep_table.h"
#include "client/print/numbers.h"
#include "client/print/words.h"

namespace ff::client {
namespace {

std::string PlanText(const v1::Experiment& experiment) {
  const v1::Plan& plan = experiment.plan();
  return absl::StrCat(
      "plan: ", plan.mode(), ", ", plan.parametrization(), ", ", HumanCount(plan.parameters()),
      " parameters (", plan.shape().layers(), " layers, d_model ", plan.shape().d_model(), ", ",
      plan.shape().heads(), " heads (", plan.shape().kv_heads(), " kv), d_ff ", plan.shape().d_ff(),
      ", vocabulary ", plan.shape().vocab_size(), ")\n      ", plan.steps(), " steps of ",
      plan.batch_size(), " x ", plan.shape().seq_len(), " tokens = ", HumanCount(plan.tokens()),
      " tokens, ", Scientific(plan.flops()), " FLOPs (", plan.flop_count(), "), lr ",
      Shortest(plan.learning_rate(), 4), " ", plan.scheduler(), " (", plan.warmup_steps(),
      " warm-up", plan.decay_steps() > 0 ? absl::StrCat(", ", plan.decay_steps(), " decay") : "",
      "), seed ", plan.seed(), ", ", plan.dtype(), "\n      data ",
      plan.data_path().empty() ? "none" : plan.data_path(), "\n");
}

std::string ResultText(const v1::Result& result) {
  return absl::StrCat(
      "result: held-out loss ", Fixed(result.final_val_loss(), 4), ", training loss ",
      Fixed(result.final_train_loss(), 4), ", ", HumanCount(result.tokens()), " tokens, ",
      Scientific(result.flops()), " FLOPs in ", HumanSeconds(result.train_seconds()),
      result.imported() ? ", imported" : "",
      result.from_sweep().empty() ? "" : ", taken over from sweep ", result.from_sweep(), "\n");
}

Table AttemptTable(const v1::Experiment& experiment) {
  Table table({{"ATTEMPT", Align::kRight},
               {"STATE"},
               {"WORKER"},
               {"STARTED"},
               {"ENDED"},
               {"FROM STEP", Align::kRight},
               {"WHY"}});
  for (const v1::Attempt& attempt : experiment.attempts()) {
    table.Add({std::to_string(attempt.id()), attempt.state(), attempt.worker_id(),
               LocalTime(attempt.started_at()), LocalTime(attempt.ended_at()),
               std::to_string(attempt.resumed_from_step()),
               attempt.has_failure()
                   ? absl::StrCat(attempt.failure().kind(), ": ", attempt.failure().message())
                   : ""});
  }
  return table;
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  v1::ExperimentRequest request;
  request.set_experiment(arguments.words[0]);
  request.set_sweep(arguments.Get("sweep"));
  const absl::StatusOr<v1::Experiment> experiment = (*client)->GetExperiment(request);
  if (!experiment.ok()) return WithNext(experiment.status(), "ffctl experiment list");
  google::protobuf::RepeatedPtrField<v1::Experiment> one;
  *one.Add() = *experiment;
  const Table table = ExperimentTable(one);
  if (PrintForPrograms(session, *experiment, table, {experiment->id()})) return Exit::kOk;
  session.out() << Shown(session, table).Render(session.table_width(), session.out_style()) << "\n"
                << VisibleText(PlanText(*experiment));
  if (experiment->has_result()) session.out() << VisibleText(ResultText(experiment->result()));
  if (experiment->attempts_size() > 0) {
    session.out() << "\n"
                  << AttemptTable(*experiment).Render(session.table_width(), session.out_style());
  }
  return Exit::kOk;
}

}  // namespace

Command ExperimentGetCommand() {
  return {.noun = "experiment",
          .verb = "get",
          .summary = "Show an experiment: plan, attempts, result",
          .words = "EXPERIMENT",
          .min_words = 1,
          .max_words = 1,
          .flags = {{"--sweep", "SWEEP", "where several sweeps have it", false, {}}},
          .run = Run,
          .answer = "Experiment",
          .long_text = true};
}

}  // namespace ff::client
