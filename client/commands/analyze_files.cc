#include "client/commands/analyze_files.h"

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/analysis/analysis_json.h"
#include "client/analysis/analysis_text.h"
#include "client/analysis/analyze_file.h"
#include "client/analysis/compare_laws.h"
#include "client/analysis/law_flags.h"
#include "client/analysis/law_text.h"
#include "client/commands/save_analysis.h"
#include "client/commands/support.h"
#include "client/files.h"
#include "server/analysis/predict_all.h"
#include "server/convert/analysis.h"

namespace ff::client {
namespace {

absl::StatusOr<v1::PredictResponse> PredictFrom(const Analysis& analysis,
                                                const std::vector<double>& computes) {
  std::vector<std::vector<MethodPrediction>> predictions;
  for (const double compute : computes) {
    auto all = analysis::PredictAll(analysis, compute);
    if (!all.ok()) return all.status();
    predictions.push_back(*std::move(all));
  }
  return convert::ToProto(std::make_pair(std::string(), std::move(predictions)));
}

std::string PathOf(const std::string& word, const Session& session) {
  return word == "-" ? word : AbsolutePath(word, session.cwd());
}

bool IsFile(const std::string& word, const Session& session) {
  std::error_code error;
  return word == "-" || std::filesystem::exists(PathOf(word, session), error) ||
         absl::EndsWithIgnoreCase(word, ".csv") || absl::EndsWithIgnoreCase(word, ".json");
}

absl::StatusOr<FileAnalysis> AnalyzeSide(Session& session, const std::string& word,
                                         const FileSelection& selection,
                                         const v1::AnalyzerConfig& config) {
  if (IsFile(word, session)) return AnalyzeFile(PathOf(word, session), selection, config);
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  const absl::StatusOr<v1::ExportSweepResponse> csv = (*client)->ExportSweep(word, "csv");
  if (!csv.ok()) return SweepError(csv.status());
  return AnalyzeCsvText(absl::StrCat("sweep ", word), csv->content(), selection, config);
}

}  // namespace

absl::StatusOr<Exit> RunOnFile(Session& session, const Arguments& arguments,
                               const v1::FlopsFitConfig& config) {
  absl::StatusOr<std::vector<double>> computes = ComputesOf(arguments.All("flops"));
  if (!computes.ok()) return computes.status();
  const absl::StatusOr<FileSelection> selection = SelectionOf(arguments);
  if (!selection.ok()) return selection.status();
  const absl::StatusOr<FileAnalysis> file =
      AnalyzeFile(PathOf(arguments.Get("results"), session), *selection, config.analyzer());
  if (!file.ok()) return file.status();
  const Analysis& analysis = file->analysis;
  if (computes->empty() && config.analyzer().target_compute() > 0) {
    computes->push_back(config.analyzer().target_compute());
  }
  if (computes->empty()) {
    for (const double factor : {1.0, 10.0, 100.0, 1000.0}) {
      computes->push_back(factor * analysis::LargestCompute(analysis));
    }
  }
  v1::Fit fit = convert::ToProto(analysis);
  absl::StatusOr<v1::PredictResponse> predictions = PredictFrom(analysis, *computes);
  if (absl::IsFailedPrecondition(predictions.status())) {
    fit.add_notes(absl::StrCat("predictions: ", predictions.status().message()));
    predictions = v1::PredictResponse();
  }
  if (!predictions.ok()) return predictions.status();
  if (session.wants_data()) {
    session.PrintData(AnalysisJson(fit, *predictions, false));
  } else if (!PrintForPrograms(session, fit, OptimumTable(fit), {fit.method()})) {
    PrintAnalysis(session, fit, *predictions, nullptr);
  }
  if (arguments.Has("save")) {
    absl::Status status = SaveFileAnalysis(session, arguments.Get("save"), *file, config);
    if (!status.ok()) return status;
  }
  return Exit::kOk;
}

absl::StatusOr<std::vector<NamedFile>> AnalyzeSides(Session& session, const Arguments& arguments,
                                                    const std::string& other,
                                                    const v1::AnalyzerConfig& config) {
  std::vector<std::string> words = {arguments.Get("results")};
  if (!other.empty()) words.push_back(other);
  std::vector<NamedFile> sides;
  for (const std::string& word : words) {
    const absl::StatusOr<FileSelection> selection =
        SelectionOf(arguments, sides.empty() ? "group-a" : "group-b");
    if (!selection.ok()) return selection.status();
    absl::StatusOr<FileAnalysis> file = sides.empty()
                                            ? AnalyzeFile(PathOf(word, session), *selection, config)
                                            : AnalyzeSide(session, word, *selection, config);
    if (!file.ok()) return file.status();
    sides.push_back({std::filesystem::path(word).filename().string(), *std::move(file)});
  }
  return sides;
}

absl::StatusOr<Exit> RunComparison(Session& session, const Arguments& arguments,
                                   const std::vector<std::string>& words,
                                   const v1::AnalyzerConfig& config) {
  std::vector<std::string> names = arguments.All("compare");
  names.insert(names.end(), words.begin(), words.end());
  if (names.size() != 2) {
    return Fail(absl::StatusCode::kInvalidArgument,
                absl::StrCat("--compare takes two sweeps or files, not ", names.size()), "",
                "ffctl analyze --compare A B");
  }
  const absl::StatusOr<std::vector<double>> computes = ComputesOf(arguments.All("flops"));
  if (!computes.ok()) return computes.status();
  const absl::StatusOr<FileSelection> select_a = SelectionOf(arguments, "group-a");
  if (!select_a.ok()) return select_a.status();
  const absl::StatusOr<FileSelection> select_b = SelectionOf(arguments, "group-b");
  if (!select_b.ok()) return select_b.status();
  const absl::StatusOr<FileAnalysis> first = AnalyzeSide(session, names[0], *select_a, config);
  if (!first.ok()) return first.status();
  const absl::StatusOr<FileAnalysis> second = AnalyzeSide(session, names[1], *select_b, config);
  if (!second.ok()) return second.status();
  const auto title = [&](size_t i, const FileSelection& selection) {
    const std::string path = std::filesystem::path(names[i]).filename().string();
    std::string text = path.empty() ? names[i] : path;
    for (const auto& [column, value] : selection.groups) absl::StrAppend(&text, " ", value);
    return text == names[1 - i] ? names[i] : text;
  };
  const NamedAnalysis a = {title(0, *select_a), &first->analysis};
  const NamedAnalysis b = {title(1, *select_b), &second->analysis};
  const LawsCompared compared = CompareAnalyses(a, b, computes->empty() ? 0 : computes->back());
  const Table table = ComparisonTable(a, b, compared);
  if (session.wants_data()) {
    session.PrintData(ComparisonJson(a, b, compared));
    return Exit::kOk;
  }
  if (session.output() == Output::kCsv) {
    session.out() << table.Csv();
    return Exit::kOk;
  }
  session.out() << table.Render(session.table_width(), session.out_style());
  for (const std::string& note : compared.notes) session.Note(absl::StrCat("note: ", note));
  return Exit::kOk;
}

}  // namespace ff::client
