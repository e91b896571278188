// ffctl analyze: fit the law of a sweep, print it, write scaling_laws.json.
#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/law_text.h"
#include "client/commands/support.h"
#include "client/print/json.h"
#include "client/print/numbers.h"
#include "client/sweep_request.h"

namespace ff::client {
namespace {

absl::StatusOr<v1::PredictResponse> PredictFor(CoordinatorClient& client, const std::string& sweep,
                                               const std::vector<double>& computes) {
  v1::PredictRequest request;
  request.set_sweep(sweep);
  for (const double compute : computes) request.add_target_compute(compute);
  return client.Predict(request);
}

void Print(Session& session, const v1::Fit& fit, const v1::PredictResponse& predictions,
           const v1::Prediction& target) {
  const auto show = [&](const std::string& title, const Table& table) {
    session.out() << session.out_style().Bold(title) << "\n"
                  << table.Render(session.table_width(), session.out_style()) << "\n";
  };
  show("Scaling laws, compute C in FLOP", LawTable(fit));
  show("Best size of each budget", OptimumTable(fit));
  show("What to train with how much compute", PredictionTable(predictions.predictions()));
  session.out() << PredictionSentence(target, fit.confidence()) << "\n\n"
                << VisibleText(FitNotes(fit));
}

absl::Status WriteFiles(Session& session, CoordinatorClient& client, const v1::Fit& fit,
                        const v1::AnalyzerConfig& config) {
  const std::string folder = config.paths().output() + "/";
  if (config.output().save_fit()) {
    const auto laws = client.ExportSweep(fit.sweep_id(), "scaling_laws_json");
    if (!laws.ok()) return laws.status();
    absl::Status status = WriteAndSay(session, folder + "scaling_laws.json", laws->content());
    if (!status.ok()) return status;
  }
  if (config.output().save_isoflops()) {
    v1::ListExperimentsRequest request;
    request.set_sweep(fit.sweep_id());
    const auto experiments = client.ListExperiments(request);
    if (!experiments.ok()) return experiments.status();
    absl::Status status =
        WriteAndSay(session, folder + "isoflops.csv", IsoflopsCsv(fit, experiments->experiments()));
    if (!status.ok()) return status;
  }
  if (config.output().generate_configs()) {
    const double largest = LargestBudget(fit);
    const auto ends = PredictFor(client, fit.sweep_id(), {largest, 100 * largest});
    if (!ends.ok()) return ends.status();
    return WriteAndSay(session, folder + "next_planner.yaml",
                       NextPlannerYaml(fit, ends->predictions(0), ends->predictions(1)));
  }
  return absl::OkStatus();
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const Words words = SplitWords(arguments.words);
  const absl::StatusOr<v1::FlopsFitConfig> config =
      ReadConfig(arguments, words.overrides, "analyzer");
  if (!config.ok()) return config.status();
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  v1::AnalyzeSweepRequest request;
  request.set_sweep(SweepWord(words.others));
  *request.mutable_config() = config->analyzer();
  absl::StatusOr<v1::Fit> fit = (*client)->AnalyzeSweep(request);
  if (absl::IsNotFound(fit.status())) {
    return WithNext(fit.status(), "ffctl train   (there must be results before a law)");
  }
  if (!fit.ok()) {
    return WithNext(fit.status(), absl::StrCat("ffctl sweep get ", SweepWord(words.others),
                                               "   (are its experiments finished? then widen the "
                                               "grid: ffctl plan model.width=...)"));
  }
  std::vector<double> computes = ComputesOfInterest(*fit);
  const double target = config->analyzer().target_compute();
  computes.push_back(target > 0 ? target : 10 * LargestBudget(*fit));
  absl::StatusOr<v1::PredictResponse> predictions = PredictFor(**client, fit->sweep_id(), computes);
  if (!predictions.ok()) return predictions.status();
  if (predictions->predictions_size() != static_cast<int>(computes.size())) {
    return absl::InternalError("the coordinator answered with another number of predictions");
  }
  const v1::Prediction at_target =
      predictions->predictions().Get(static_cast<int>(computes.size()) - 1);
  predictions->mutable_predictions()->RemoveLast();
  fit->clear_draws();  // six numbers a resample: of use to the server alone
  if (!PrintForPrograms(session, *fit, OptimumTable(*fit), {fit->id()})) {
    Print(session, *fit, *predictions, at_target);
  }
  if (absl::Status status = WriteFiles(session, **client, *fit, config->analyzer()); !status.ok()) {
    return status;
  }
  return Exit::kOk;
}

}  // namespace

Command AnalyzeCommand() {
  return {.noun = "analyze",
          .summary = "Fit the scaling law of a sweep and write scaling_laws.json",
          .words = "[SWEEP] [KEY=VALUE...]",
          .max_words = -1,
          .flags = ConfigFlags(),
          .examples = {"ffctl analyze", "ffctl analyze target_compute=1e20 fitting.robust=true"},
          .run = Run};
}

}  // namespace ff::client
