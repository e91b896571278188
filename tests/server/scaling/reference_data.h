// Published runs as tables. Their files are not part of the project: they are read from
// FF_REFERENCE_DIR (by default ../shared/reference beside the sources); tests skip where it
// is absent.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "server/domain/run_table.h"

namespace ff::scaling {

using Row = std::map<std::string, std::string>;

inline std::filesystem::path ReferenceFile(const std::string& name) {
  const char* folder = std::getenv("FF_REFERENCE_DIR");
  const std::filesystem::path root =
      folder != nullptr ? folder : std::filesystem::path(FF_SOURCE_DIR) / "../shared/reference";
  return root / "scaling" / name;
}

inline std::vector<Row> ReadCsv(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  const std::vector<std::string> names = absl::StrSplit(line, ',');
  std::vector<Row> rows;
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = absl::StrSplit(line, ',');
    Row row;
    for (size_t i = 0; i < names.size() && i < cells.size(); ++i) row[names[i]] = cells[i];
    rows.push_back(row);
  }
  return rows;
}

inline double Number(const Row& row, const std::string& column) {
  double value = NAN;
  EXPECT_TRUE(absl::SimpleAtod(row.at(column), &value)) << column << " " << row.at(column);
  return value;
}

// The rows that `keep` wants; the budget is `isoflop_budget` where there is that column.
inline RunTable ReadRuns(const std::filesystem::path& path,
                         const std::function<bool(const Row&)>& keep) {
  RunTable table;
  for (const Row& row : ReadCsv(path)) {
    if (!keep(row)) continue;
    table.run_id.push_back(row.at("run_id"));
    table.parameters.push_back(Number(row, "params_n"));
    table.tokens.push_back(Number(row, "tokens_d"));
    table.compute.push_back(Number(row, "flops_c"));
    table.loss.push_back(Number(row, "loss"));
    const auto budget = row.find("isoflop_budget");
    if (budget == row.end()) continue;
    table.budget.push_back(budget->second.empty() ? NAN : Number(row, "isoflop_budget"));
  }
  return table;
}

// The 240 rows of Besiroglu et al.
inline RunTable Chinchilla240(const std::filesystem::path& path) {
  return ReadRuns(path, [](const Row& row) { return row.at("besiroglu_excluded") != "1"; });
}

inline RunTable PorianTable(const std::filesystem::path& path, const std::string& config) {
  return ReadRuns(path, [&](const Row& row) { return row.at("config") == config; });
}

#define SKIP_WITHOUT(path)                                                               \
  if (!std::filesystem::exists(path)) {                                                  \
    GTEST_SKIP() << path << " is not there; set FF_REFERENCE_DIR to the reference data"; \
  }

}  // namespace ff::scaling
