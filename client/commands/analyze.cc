// ffctl analyze: fit the laws of a sweep or of a file of runs, print them, write files.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/analysis/analysis_json.h"
#include "client/analysis/analysis_text.h"
#include "client/analysis/approaches.h"
#include "client/analysis/law_flags.h"
#include "client/analysis/law_text.h"
#include "client/analysis/rate_text.h"
#include "client/commands/all.h"
#include "client/commands/analyze_files.h"
#include "client/commands/save_analysis.h"
#include "client/commands/support.h"
#include "client/sweep_request.h"

namespace ff::client {
namespace {

absl::StatusOr<v1::PredictResponse> PredictFor(CoordinatorClient& client, const std::string& sweep,
                                               const std::vector<double>& computes) {
  v1::PredictRequest request;
  request.set_sweep(sweep);
  for (const double compute : computes) request.add_target_compute(compute);
  absl::StatusOr<v1::PredictResponse> response = client.Predict(request);
  if (response.ok() && response->predictions_size() != static_cast<int>(computes.size())) {
    return absl::InternalError("the coordinator answered with another number of predictions");
  }
  return response;
}

absl::Status WriteFiles(Session& session, CoordinatorClient& client, const v1::Fit& fit,
                        const v1::Prediction& target, const v1::FlopsFitConfig& config) {
  const v1::AnalyzerConfig& analyzer = config.analyzer();
  const std::string& folder = analyzer.paths().output();
  if (analyzer.output().save_fit()) {
    const auto laws = client.ExportSweep(fit.sweep_id(), "scaling_laws_json");
    if (!laws.ok()) return laws.status();
    absl::Status status = WriteAndSay(session, folder + "/scaling_laws.json", laws->content());
    if (!status.ok()) return status;
  }
  if (analyzer.output().save_isoflops()) {
    v1::ListExperimentsRequest request;
    request.set_sweep(fit.sweep_id());
    const auto experiments = client.ListExperiments(request);
    if (!experiments.ok()) return experiments.status();
    absl::Status status = WriteAndSay(session, folder + "/isoflops.csv",
                                      IsoflopsCsv(fit, experiments->experiments()));
    if (!status.ok()) return status;
  }
  if (!analyzer.output().generate_configs()) return absl::OkStatus();
  const double largest = LargestCompute(fit);
  const auto ends = PredictFor(client, fit.sweep_id(), {largest, 100 * largest});
  if (!ends.ok()) return ends.status();
  return SaveConfigs(session, folder, fit, {ends->predictions(0), ends->predictions(1), target},
                     config);
}

absl::StatusOr<v1::Fit> AnalyzeSweep(CoordinatorClient& client, const std::string& sweep,
                                     const v1::AnalyzerConfig& config) {
  v1::AnalyzeSweepRequest request;
  request.set_sweep(sweep);
  *request.mutable_config() = config;
  absl::StatusOr<v1::Fit> fit = client.AnalyzeSweep(request);
  if (absl::IsNotFound(fit.status())) {
    return WithNext(fit.status(), "ffctl train   (there must be results before a law)");
  }
  if (!fit.ok()) {
    return WithNext(fit.status(), absl::StrCat("ffctl sweep get ", sweep,
                                               "   (are its experiments finished? then widen the "
                                               "grid: ffctl plan model.width=...)"));
  }
  // Draws are of use to the server alone.
  fit->clear_draws();
  if (fit->has_surface()) fit->mutable_surface()->clear_draws();
  return fit;
}

// Predictions asked for, or those of interest, and at the end the target's, which is taken
// out of the list.
absl::StatusOr<v1::PredictResponse> Predictions(CoordinatorClient& client, const v1::Fit& fit,
                                                std::vector<double> asked, double target,
                                                v1::Prediction* at_target) {
  std::vector<double> computes = asked.empty() ? ComputesOfInterest(fit) : std::move(asked);
  computes.push_back(target > 0 ? target : 10 * LargestCompute(fit));
  absl::StatusOr<v1::PredictResponse> response = PredictFor(client, fit.sweep_id(), computes);
  if (!response.ok()) return response;
  *at_target = response->predictions().Get(response->predictions_size() - 1);
  response->mutable_predictions()->RemoveLast();
  for (v1::MethodPredictions& method : *response->mutable_by_method()) {
    if (method.predictions_size() == static_cast<int>(computes.size())) {
      method.mutable_predictions()->RemoveLast();
    }
  }
  return response;
}

absl::StatusOr<scaling::RateTable> Rates(CoordinatorClient& client, const v1::Fit& fit) {
  v1::ListExperimentsRequest request;
  request.set_sweep(fit.sweep_id());
  const auto experiments = client.ListExperiments(request);
  if (!experiments.ok()) return experiments.status();
  return RatesOf(experiments->experiments(), fit.loss_kind() == "training");
}

void PrintRates(Session& session, const scaling::RateTable& rates) {
  if (rates.rows.empty()) return;
  session.out() << "Losses by learning rate (*: best of its model)\n"
                << RateLossTable(rates).Render(session.table_width(), session.out_style()) << "\n"
                << RateSummary(rates);
}

absl::StatusOr<Exit> RunOnSweep(Session& session, const Arguments& arguments, const Words& words,
                                const v1::FlopsFitConfig& config) {
  const absl::StatusOr<std::vector<double>> asked = ComputesOf(arguments.All("flops"));
  if (!asked.ok()) return asked.status();
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  const absl::StatusOr<v1::Fit> fit =
      AnalyzeSweep(**client, SweepWord(words.others), config.analyzer());
  if (!fit.ok()) return fit.status();
  v1::Prediction target;
  const absl::StatusOr<v1::PredictResponse> predictions =
      Predictions(**client, *fit, *asked, config.analyzer().target_compute(), &target);
  if (!predictions.ok()) return predictions.status();
  const absl::StatusOr<scaling::RateTable> rates = Rates(**client, *fit);
  if (!rates.ok()) return rates.status();
  if (session.wants_data()) {
    session.PrintData(AnalysisJson(*fit, *predictions, true, &*rates));
  } else if (!PrintForPrograms(session, *fit, OptimumTable(*fit), {fit->id()})) {
    PrintAnalysis(session, *fit, *predictions, &target);
    PrintRates(session, *rates);
  }
  absl::Status status = WriteFiles(session, **client, *fit, target, config);
  if (!status.ok()) return status;
  return Exit::kOk;
}

absl::Status OnlyForFiles(const Arguments& arguments) {
  for (const char* flag : {"group", "column", "budget-column", "curves", "save"}) {
    if (!arguments.Has(flag)) continue;
    return Fail(absl::StatusCode::kInvalidArgument, absl::StrCat("--", flag, " needs --results"),
                "it is about the columns of a file",
                absl::StrCat("ffctl analyze --results FILE.csv --", flag, " ..."));
  }
  return absl::OkStatus();
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const Words words = SplitWords(arguments.words);
  const absl::StatusOr<v1::FlopsFitConfig> config = ReadLawConfig(arguments, words.overrides);
  if (!config.ok()) return config.status();
  if (arguments.Has("compare")) {
    return RunComparison(session, arguments, words.others, config->analyzer());
  }
  if (words.others.size() > 1) {
    return Fail(absl::StatusCode::kInvalidArgument,
                absl::StrCat("ffctl analyze does not take '", words.others[1], "'"), "",
                "ffctl analyze --compare A B   (puts two laws side by side)");
  }
  if (arguments.Has("results")) {
    if (!words.others.empty()) {
      return Fail(absl::StatusCode::kInvalidArgument,
                  absl::StrCat("either a sweep ('", words.others[0], "') or --results, not both"),
                  "", "ffctl analyze --compare A B   (puts two laws side by side)");
    }
    return RunOnFile(session, arguments, *config);
  }
  if (absl::Status status = OnlyForFiles(arguments); !status.ok()) return status;
  return RunOnSweep(session, arguments, words, *config);
}

std::vector<Flag> Flags() {
  std::vector<Flag> flags = LawFlags();
  flags.push_back(
      {"--compare", "A", "two laws, A and the word after it: sweeps or files of runs", true, {}});
  flags.push_back({"--group-a", "COLUMN=VALUE", "with --compare: --group for A alone", true, {}});
  flags.push_back({"--group-b", "COLUMN=VALUE", "with --compare: --group for B alone", true, {}});
  flags.push_back(
      {"--save", "FOLDER", "with --results: write scaling_laws.json and others there", false, {}});
  for (const Flag& flag : ConfigFlags()) flags.push_back(flag);
  return flags;
}

}  // namespace

Command AnalyzeCommand() {
  return {
      .noun = "analyze",
      .summary = "Fit the scaling laws of a sweep, or of any file of runs",
      .words = "[SWEEP] [KEY=VALUE...]",
      .max_words = -1,
      .flags = Flags(),
      .examples = {"ffctl analyze", "ffctl analyze target_compute=1e20 fitting.robust=true",
                   "ffctl analyze --results runs.csv --group corpus=c4 --method surface -o json",
                   "ffctl analyze --compare @latest runs.csv --flops 1e21"},
      .details =
          "--results needs no sweep and no coordinator. The file has a column for the loss and at\n"
          "least two of params_n, tokens_d and flops_c (other usual names are understood); run_id\n"
          "names runs, isoflop_budget says which budget a run belongs to, every further column\n"
          "is a group to select by. docs/analyze.md tells how each number is found.",
      .run = Run,
      .long_text = true};
}

}  // namespace ff::client
