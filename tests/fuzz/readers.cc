#include "tests/fuzz/targets.h"

// Files of runs: CSV, JSON and JSON lines from anywhere, the hand-off files of the Python
// flops-fit, and the grouping of what was read.
#include <cmath>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/coordinator/import_rows.h"
#include "server/results/read_runs.h"
#include "server/scaling/run_screening.h"
#include "tests/fuzz/check.h"

namespace ff::fuzz {
namespace {

bool SameNumbers(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && !(std::isnan(a[i]) && std::isnan(b[i]))) return false;
  }
  return true;
}

void CheckTable(const RunTable& table) {
  const size_t rows = table.size();
  Check(table.run_id.size() == rows && table.parameters.size() == rows &&
            table.tokens.size() == rows && table.compute.size() == rows,
        "columns are of one length");
  Check(table.budget.empty() || table.budget.size() == rows, "the budget column is whole");
  for (const GroupColumn& group : table.groups) {
    Check(group.codes.size() == rows, "group columns are whole");
    for (const int32_t code : group.codes) {
      Check(code >= -1 && code < static_cast<int32_t>(group.levels.size()), "codes name levels");
    }
  }
}

// What is used is fit for use, and every run is either used or listed.
void CheckScreening(const RunTable& table) {
  const auto screened = scaling::ScreenRuns(table);
  Check(screened.ok(), "whole columns are screened");
  const RunTable& used = screened->table;
  CheckTable(used);
  Check(used.size() + screened->excluded.size() == table.size(), "no run is dropped in silence");
  for (size_t i = 0; i < used.size(); ++i) {
    for (const double value : {used.parameters[i], used.tokens[i], used.compute[i], used.loss[i]}) {
      Check(std::isfinite(value) && value > 0, "what is used is positive and finite");
    }
  }
  for (const ExcludedRun& run : screened->excluded) Check(!run.reason.empty(), "with a reason");
  const BudgetGroups groups = scaling::GroupBudgets(used);
  Check(groups.of_run.size() == used.size(), "every run has its budget or none");
  std::vector<double> low(groups.compute.size(), INFINITY), high(groups.compute.size(), 0);
  for (size_t i = 0; i < used.size(); ++i) {
    const int budget = groups.of_run[i];
    Check(budget >= -1 && budget < static_cast<int>(groups.compute.size()), "budgets exist");
    if (budget < 0) continue;
    const auto b = static_cast<size_t>(budget);
    low[b] = std::min(low[b], used.compute[i]);
    high[b] = std::max(high[b], used.compute[i]);
  }
  for (size_t b = 0; b < groups.compute.size(); ++b) {
    Check(low[b] <= high[b], "no budget is empty");
    Check(groups.compute[b] >= low[b] * (1 - 1e-9) && groups.compute[b] <= high[b] * (1 + 1e-9),
          "a budget's compute is a mean of its runs'");
    Check(!groups.clustered || std::log(high[b]) - std::log(low[b]) <= 0.1 * (1 + 1e-9),
          "no cluster spans more than the tolerance");
    Check(b == 0 || groups.compute[b - 1] <= groups.compute[b], "budgets ascend");
  }
}

using Reader = absl::StatusOr<results::RunFile> (*)(const std::string&, results::ByteSource,
                                                    const results::ReadOptions&);

void Read(Reader reader, absl::string_view input) {
  results::ReadOptions options;
  options.longest_cell = 1000;  // small enough that inputs reach it
  const auto whole = reader("f", results::FromText(input), options);
  // The same bytes in pieces of 1 to 7 are the same file.
  const size_t piece = 1 + input.size() % 7;
  const auto pieces = reader(
      "f",
      [source = results::FromText(input), piece](char* into, size_t size) {
        return source(into, std::min(size, piece));
      },
      options);
  Check(whole.status() == pieces.status(), "the buffer's end changes nothing");
  if (!whole.ok()) {
    Check(absl::IsInvalidArgument(whole.status()) && !whole.status().message().empty(),
          "an error says what is wrong");
    return;
  }
  CheckTable(whole->table);
  Check(SameNumbers(whole->table.loss, pieces->table.loss) &&
            SameNumbers(whole->table.compute, pieces->table.compute) &&
            whole->table.run_id == pieces->table.run_id,
        "the buffer's end changes no value");
  CheckScreening(whole->table);
}

void ReadCsv(absl::string_view input) { Read(&results::ReadCsvRuns, input); }
void ReadJson(absl::string_view input) { Read(&results::ReadJsonRuns, input); }
void ReadLines(absl::string_view input) { Read(&results::ReadJsonLinesRuns, input); }

// The first line is what the user says of the columns, the rest a CSV file.
void ReadAsked(absl::string_view input) {
  const size_t end = std::min(input.find('\n'), input.size());
  const auto asked = results::ParseAskedColumn(input.substr(0, end));
  if (!asked.ok()) {
    Check(absl::IsInvalidArgument(asked.status()), "what is no ROLE=COLUMN is said");
    return;
  }
  results::ReadOptions options;
  options.columns = {*asked};
  const auto file = results::ReadCsvRuns(
      "f", results::FromText(input.substr(std::min(end + 1, input.size()))), options);
  if (!file.ok()) return;
  CheckTable(file->table);
  CheckScreening(file->table);
}

// Bytes as numbers: the first says whether there are stored budgets, then five doubles a run.
void GroupBudgets(absl::string_view input) {
  RunTable table;
  const bool stored = !input.empty() && (input[0] & 1) != 0;
  const bool named = !input.empty() && (input[0] & 2) != 0;
  if (!input.empty()) input.remove_prefix(1);
  double row[5];
  while (input.size() >= sizeof(row)) {
    std::memcpy(row, input.data(), sizeof(row));
    input.remove_prefix(sizeof(row));
    table.run_id.push_back(named ? absl::StrCat("r", table.size() % 5) : "");
    table.parameters.push_back(row[0]);
    table.tokens.push_back(row[1]);
    table.compute.push_back(row[2]);
    table.loss.push_back(row[3]);
    if (stored) table.budget.push_back(row[4]);
  }
  CheckScreening(table);
}

bool IsCount(double value) { return std::isfinite(value) && value > 0 && value <= 9e18; }

// The first byte says which of the two files it is.
void ReadRows(absl::string_view input) {
  const bool results = !input.empty() && (input[0] & 1) != 0;
  if (!input.empty()) input.remove_prefix(1);
  std::vector<std::string> warnings;
  std::vector<coordinator::PlannedRow> rows;
  absl::Status status;
  if (results) {
    const auto read = coordinator::ReadResultRows("f", std::string(input), &warnings);
    status = read.status();
    if (read.ok()) {
      for (const coordinator::ResultRow& row : *read) {
        Check(row.status != "completed" || std::isfinite(row.final_loss), "completed has a loss");
        rows.push_back(row.planned);
      }
    }
  } else {
    const auto read = coordinator::ReadSweepRows("f", std::string(input), &warnings);
    status = read.status();
    if (read.ok()) rows = *read;
  }
  Check(status.ok() || absl::IsInvalidArgument(status), "what is no list is said");
  for (const coordinator::PlannedRow& row : rows) {
    Check(!row.experiment_id.empty(), "a row has a name");
    Check(row.compute_budget > 0 && IsCount(row.model_size) && IsCount(row.num_tokens),
          "a row that is kept can be used");
  }
  for (const std::string& warning : warnings) Check(!warning.empty(), "warnings say something");
}

std::string Double(double value) { return {reinterpret_cast<const char*>(&value), sizeof(value)}; }

}  // namespace

const std::vector<Target>& Targets() {
  static const auto* const kTargets = new std::vector<Target>{
      {"csv",
       &ReadCsv,
       {"run_id", "params_n", "tokens_d", "flops_c", "loss",         "isoflop_budget",
        "status", "failed",   ",",        "\"",      "\"\"",         "\r\n",
        "\r",     "\n",       ";",        "\t",      "NaN",          "inf",
        "-1",     "0",        "1e400",    "1e-400",  "\xEF\xBB\xBF", std::string(1, '\0'),
        "2.5e19", ",,,,",     "\n\n"}},
      {"json",
       &ReadJson,
       {"\"run_id\":",
        "\"params_n\":",
        "\"n\":",
        "\"d\":",
        "\"loss\":",
        "\"compute_budget\":",
        "\"status\":\"failed\"",
        "NaN",
        "-Infinity",
        "Infinity",
        "null",
        "true",
        "[",
        "]",
        "{",
        "}",
        "[{",
        "}]",
        "},{",
        ",",
        ":",
        "\"",
        "\\\"",
        "\\u0000",
        "\\ud800",
        "1e400",
        "-0",
        "1e-400",
        std::string(1, '\0'),
        "{\"a\":[",
        "18446744073709551616"}},
      {"lines",
       &ReadLines,
       {"{\"n\":1,\"d\":2,\"loss\":3}\n",
        "\"params_n\":",
        "\"tokens_d\":",
        "\"loss\":",
        "\"curve\":[{",
        "}]",
        "{",
        "}",
        "}{",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\u0000",
        "NaN",
        "-Infinity",
        "1e400",
        "\n",
        "\r\n",
        std::string(1, '\0'),
        "\xEF\xBB\xBF",
        "null",
        "true"}},
      {"asked",
       &ReadAsked,
       {"loss=ln(", ")",     "*1e6",    "*ln2",    "*0", "*-1", "*1e400", "params_n=", "tokens_d=",
        "budget=",  "step=", "run_id=", "status=", "=",  "ppl", "N",      ",",         "\n",
        "1e6",      "70M",   "1.4 B",   "0",       "-3", "\"",  "nan"}},
      {"budgets",
       &GroupBudgets,
       {Double(1e19), Double(1.05e19), Double(0), Double(-1), Double(NAN), Double(INFINITY),
        Double(5e-324), Double(1.7e308), Double(3)}},
      {"rows",
       &ReadRows,
       {"\"experiment_id\":",
        "\"compute_budget\":",
        "\"model_size\":",
        "\"num_tokens\":",
        "\"final_loss\":",
        "\"status\":\"completed\"",
        "\"timestamp\":",
        "NaN",
        "-Infinity",
        "null",
        "[",
        "]",
        "{",
        "}",
        "},{",
        ",",
        ":",
        "\"",
        "\\\"",
        "1e400",
        "9e18",
        "-1",
        "2025-01-01T00:00:00",
        "+00:00",
        ".5"}},
  };
  return *kTargets;
}

}  // namespace ff::fuzz
