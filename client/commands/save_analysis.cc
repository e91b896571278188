#include "client/commands/save_analysis.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/analysis/law_text.h"
#include "client/analysis/optimal_model.h"
#include "client/commands/support.h"
#include "client/print/numbers.h"
#include "server/analysis/predict_all.h"
#include "server/convert/analysis.h"
#include "server/convert/fit.h"
#include "server/results/scaling_laws_json.h"
#include "server/scaling/run_screening.h"

namespace ff::client {
namespace {

// RFC 4180.
std::string CsvText(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

// The runs that profiles are made of, by budget.
std::string IsoflopsOf(const RunTable& table, double budget_tolerance, BudgetCompute compute) {
  std::string text = "compute_budget,model_size,num_tokens,final_loss,experiment_id\n";
  const absl::StatusOr<scaling::ScreenedRuns> screened = scaling::ScreenRuns(table);
  if (!screened.ok()) return text;
  const BudgetGroups groups = scaling::GroupBudgets(screened->table, budget_tolerance, compute);
  for (const scaling::RunPoint& run : scaling::RunPoints(screened->table, groups)) {
    absl::StrAppend(&text, Exact(run.compute_budget), ",", Exact(run.parameters), ",",
                    Exact(run.tokens), ",", Exact(run.loss), ",", CsvText(run.experiment_id), "\n");
  }
  return text;
}

absl::StatusOr<v1::Prediction> FirstAt(const Analysis& analysis, double compute) {
  const absl::StatusOr<std::vector<MethodPrediction>> all = analysis::PredictAll(analysis, compute);
  if (!all.ok()) return all.status();
  return convert::ToProto((*all)[0].at);
}

}  // namespace

absl::Status SaveConfigs(Session& session, const std::string& folder, const v1::Fit& fit,
                         const GuidingPredictions& predictions, const v1::FlopsFitConfig& config) {
  absl::Status status =
      WriteAndSay(session, folder + "/next_planner.yaml",
                  NextPlannerYaml(fit, predictions.at_largest, predictions.at_end));
  if (!status.ok()) return status;
  const absl::StatusOr<std::string> model = OptimalModelJson(config, predictions.at_target);
  if (!model.ok()) {
    session.Warn(absl::StrCat("optimal_model.json is not written: ", model.status().message()));
    return absl::OkStatus();
  }
  return WriteAndSay(session, folder + "/optimal_model.json", *model);
}

absl::Status SaveFileAnalysis(Session& session, const std::string& folder, const FileAnalysis& file,
                              const v1::FlopsFitConfig& config) {
  const v1::AnalyzerConfig& analyzer = config.analyzer();
  absl::Status status;
  if (analyzer.output().save_fit()) {
    status.Update(WriteAndSay(session, folder + "/scaling_laws.json",
                              results::ScalingLawsJson(file.analysis.fit)));
  }
  if (status.ok() && analyzer.output().save_isoflops()) {
    const absl::StatusOr<AnalyzeOptions> options = convert::FromProto(analyzer);
    if (!options.ok()) return options.status();
    status.Update(
        WriteAndSay(session, folder + "/isoflops.csv",
                    IsoflopsOf(file.table, options->budget_tolerance, options->budget_compute)));
  }
  if (!status.ok() || !analyzer.output().generate_configs()) return status;
  const double largest = analysis::LargestCompute(file.analysis);
  const double target = analyzer.target_compute() > 0 ? analyzer.target_compute() : 10 * largest;
  GuidingPredictions guiding;
  for (const auto& [compute, into] :
       {std::pair(largest, &guiding.at_largest), std::pair(100 * largest, &guiding.at_end),
        std::pair(target, &guiding.at_target)}) {
    absl::StatusOr<v1::Prediction> at = FirstAt(file.analysis, compute);
    if (!at.ok()) return at.status();
    *into = *std::move(at);
  }
  return SaveConfigs(session, folder, convert::ToProto(file.analysis.fit), guiding, config);
}

}  // namespace ff::client
