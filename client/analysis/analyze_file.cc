#include "client/analysis/analyze_file.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/analysis/law_flags.h"
#include "client/errors.h"
#include "server/analysis/analyze_runs.h"
#include "server/analysis/curves_of.h"
#include "server/analysis/unit_checks.h"
#include "server/convert/analysis.h"
#include "server/results/read_runs.h"
#include "server/scaling/run_screening.h"

namespace ff::client {
namespace {

absl::StatusOr<FileAnalysis> Analyze(const std::string& name, absl::StatusOr<results::RunFile> file,
                                     const FileSelection& selection,
                                     const v1::AnalyzerConfig& config) {
  if (!file.ok()) {
    const bool names = absl::StrContains(file.status().message(), "the columns are: ");
    return WithNext(file.status(),
                    names ? "say which column it is: --column loss=NAME, --column "
                            "'flops_c=NAME*1e18' (another unit), --column 'loss=ln(NAME)'"
                          : "a CSV file has a header such as "
                            "run_id,params_n,tokens_d,flops_c,loss");
  }
  const absl::StatusOr<AnalyzeOptions> options = convert::FromProto(config);
  if (!options.ok()) return options.status();
  const size_t read = file->table.size();
  for (const auto& [column, value] : selection.groups) {
    const absl::Status status = scaling::KeepGroup(column, value, &file->table);
    if (!status.ok()) {
      return WithNext(
          absl::Status(status.code(), absl::StrCat(name, ": ", status.message())),
          "ffctl analyze --results FILE --group COLUMN=VALUE   (of one of two files: --group-a)");
    }
    file->notes.push_back(
        absl::StrCat(column, "=", value, ": ", file->table.size(), " of ", read, " runs"));
  }
  FileAnalysis out;
  absl::StatusOr<Analysis> analysis = analysis::AnalyzeRuns(file->table, file->curves, *options);
  if (!analysis.ok()) {
    return WithNext(absl::Status(analysis.status().code(),
                                 absl::StrCat(name, ": ", analysis.status().message())),
                    "add runs, or look at what was left out above");
  }
  out.analysis = *std::move(analysis);
  out.curves = analysis::CurvesOf(file->table, file->curves);
  for (std::string& doubt : analysis::UnitDoubts(file->table)) {
    out.analysis.fit.warnings.push_back(std::move(doubt));
  }
  out.table = std::move(file->table);
  Analysis& result = out.analysis;
  result.runs_read += static_cast<int>(file->excluded.size());
  result.excluded.insert(result.excluded.begin(), file->excluded.begin(), file->excluded.end());
  result.notes.insert(result.notes.begin(), file->notes.begin(), file->notes.end());
  return out;
}

results::ReadOptions ReadOptionsOf(const FileSelection& selection) {
  results::ReadOptions options;
  options.columns = selection.columns;
  options.budget_column = selection.budget_column;
  options.curves = selection.curves;
  return options;
}

}  // namespace

absl::StatusOr<FileSelection> SelectionOf(const Arguments& arguments,
                                          const std::string& group_flag) {
  FileSelection selection;
  for (const std::string& word : arguments.All("column")) {
    absl::StatusOr<results::AskedColumn> column = results::ParseAskedColumn(word);
    if (!column.ok()) {
      return Fail(absl::StatusCode::kInvalidArgument, std::string(column.status().message()),
                  "it says which column of the file is what",
                  "ffctl analyze --results FILE --column loss=val_loss --column "
                  "'params_n=size_in_millions*1e6'");
    }
    selection.columns.push_back(*std::move(column));
  }
  selection.budget_column = arguments.Get("budget-column");
  selection.curves = arguments.Has("curves");
  for (const std::string& flag : {std::string("group"), group_flag}) {
    absl::StatusOr<std::vector<std::pair<std::string, std::string>>> groups =
        GroupsOf(arguments.All(flag));
    if (!groups.ok()) return groups.status();
    selection.groups.insert(selection.groups.end(), groups->begin(), groups->end());
    if (group_flag == "group") break;
  }
  return selection;
}

absl::StatusOr<FileAnalysis> AnalyzeFile(const std::string& path, const FileSelection& selection,
                                         const v1::AnalyzerConfig& config) {
  return Analyze(path, results::ReadRunFile(path, ReadOptionsOf(selection)), selection, config);
}

absl::StatusOr<FileAnalysis> AnalyzeCsvText(const std::string& name, const std::string& text,
                                            const FileSelection& selection,
                                            const v1::AnalyzerConfig& config) {
  return Analyze(name,
                 results::ReadCsvRuns(name, results::FromText(text), ReadOptionsOf(selection)),
                 selection, config);
}

}  // namespace ff::client
