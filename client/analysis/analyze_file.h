// A file of runs analysed by ffctl itself: no sweep, no coordinator, nothing stored. Reads
// files; thread-safe.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "client/command.h"
#include "ff/v1/config.pb.h"
#include "server/domain/analysis.h"
#include "server/domain/run_table.h"
#include "server/results/byte_source.h"
#include "server/results/columns.h"

namespace ff::client {

struct FileSelection {
  std::vector<std::pair<std::string, std::string>> groups;  // column, value
  std::vector<results::AskedColumn> columns;                // which column is what
  std::string budget_column;
  bool curves = false;  // rows of one run are its training curve
};

struct FileAnalysis {
  Analysis analysis;
  RunTable table;  // the runs selected, not screened
  Curves curves;   // of those that the analysis could use
};

// --group, --column, --budget-column and --curves; `group_flag` is another name for --group.
absl::StatusOr<FileSelection> SelectionOf(const Arguments& arguments,
                                          const std::string& group_flag = "group");

// Errors as ReadRunFile (with the next step), KeepGroup and AnalyzeRuns.
absl::StatusOr<FileAnalysis> AnalyzeFile(const std::string& path, const FileSelection& selection,
                                         const v1::AnalyzerConfig& config);

// The same for a CSV text, such as a sweep's export; `name` stands in messages.
absl::StatusOr<FileAnalysis> AnalyzeCsvText(const std::string& name, const std::string& text,
                                            const FileSelection& selection,
                                            const v1::AnalyzerConfig& config);

}  // namespace ff::client
