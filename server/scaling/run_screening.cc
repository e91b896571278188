#include "server/scaling/run_screening.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace ff::scaling {
namespace {

bool Usable(double value) { return std::isfinite(value) && value > 0; }

std::string WhyNot(const char* what, double value) {
  if (std::isnan(value)) return absl::StrFormat("%s is not a number", what);
  if (std::isinf(value)) return absl::StrFormat("%s is infinite", what);
  return absl::StrFormat("%s is %s (%g)", what, value == 0 ? "zero" : "negative", value);
}

std::string WhyUnusable(const RunTable& table, size_t i) {
  if (!Usable(table.loss[i])) {
    std::string reason = WhyNot("loss", table.loss[i]);
    if (!std::isfinite(table.loss[i])) reason += ": the run failed or diverged";
    return reason;
  }
  if (!Usable(table.parameters[i])) return WhyNot("params_n", table.parameters[i]);
  if (!Usable(table.tokens[i])) return WhyNot("tokens_d", table.tokens[i]);
  if (!Usable(table.compute[i])) return WhyNot("flops_c", table.compute[i]);
  return "";
}

// Rows whose id an earlier row has. Hashes are sorted, not kept in a set: 16 bytes a row.
std::vector<bool> Repeated(const RunTable& table) {
  std::vector<std::pair<size_t, uint32_t>> hashes;
  hashes.reserve(table.size());
  for (size_t i = 0; i < table.size(); ++i) {
    if (!table.run_id[i].empty()) {
      hashes.push_back({std::hash<std::string_view>()(table.run_id[i]), static_cast<uint32_t>(i)});
    }
  }
  std::sort(hashes.begin(), hashes.end());
  std::vector<bool> repeated(table.size(), false);
  for (size_t begin = 0, end = 0; begin < hashes.size(); begin = end) {
    while (end < hashes.size() && hashes[end].first == hashes[begin].first) ++end;
    for (size_t j = begin + 1; j < end; ++j) {
      for (size_t k = begin; k < j && !repeated[hashes[j].second]; ++k) {
        if (repeated[hashes[k].second]) continue;
        repeated[hashes[j].second] =
            table.run_id[hashes[j].second] == table.run_id[hashes[k].second];
      }
    }
  }
  return repeated;
}

}  // namespace

absl::StatusOr<ScreenedRuns> ScreenRuns(RunTable table) {
  const size_t rows = table.size();
  bool same = table.run_id.size() == rows && table.parameters.size() == rows &&
              table.tokens.size() == rows && table.compute.size() == rows &&
              (table.budget.empty() || table.budget.size() == rows);
  for (const GroupColumn& group : table.groups) same = same && group.codes.size() == rows;
  if (!same) {
    return absl::InvalidArgumentError("the table's columns have different lengths");
  }
  ScreenedRuns screened;
  const std::vector<bool> repeated = Repeated(table);
  std::vector<bool> keep(rows, true);
  for (size_t i = 0; i < rows; ++i) {
    std::string reason = WhyUnusable(table, i);
    if (reason.empty() && repeated[i]) reason = "duplicate: an earlier run has this id";
    keep[i] = reason.empty();
    if (!keep[i]) screened.excluded.push_back({table.run_id[i], std::move(reason)});
  }
  for (double& budget : table.budget) {
    if (!Usable(budget)) budget = NAN;
  }
  if (!screened.excluded.empty()) KeepRows(keep, &table);
  screened.table = std::move(table);
  return screened;
}

absl::Status KeepGroup(const std::string& column, const std::string& value, RunTable* table) {
  std::vector<std::string> names;
  for (const GroupColumn& group : table->groups) {
    names.push_back(group.name);
    if (group.name != column) continue;
    const auto level = std::find(group.levels.begin(), group.levels.end(), value);
    const int32_t code =
        level == group.levels.end() ? -2 : static_cast<int32_t>(level - group.levels.begin());
    std::vector<bool> keep;
    for (const int32_t one : group.codes) keep.push_back(one == code);
    if (std::find(keep.begin(), keep.end(), true) == keep.end()) {
      return absl::NotFoundError(absl::StrFormat("no run has %s=%s; there are: %s", column, value,
                                                 absl::StrJoin(group.levels, ", ")));
    }
    KeepRows(keep, table);
    return absl::OkStatus();
  }
  return absl::NotFoundError(absl::StrFormat("there is no group column '%s'; there are: %s", column,
                                             absl::StrJoin(names, ", ")));
}

std::vector<RunPoint> RunPoints(const RunTable& table, const BudgetGroups& groups) {
  std::vector<RunPoint> points;
  for (size_t i = 0; i < table.size(); ++i) {
    const int budget = groups.of_run[i];
    if (budget < 0) continue;
    points.push_back({table.run_id[i], budget, groups.compute[budget], table.parameters[i],
                      table.tokens[i], table.loss[i]});
  }
  return points;
}

RunTable SubTable(const RunTable& table, const std::vector<size_t>& rows) {
  RunTable part;
  for (const size_t row : rows) {
    part.run_id.push_back(table.run_id[row]);
    part.parameters.push_back(table.parameters[row]);
    part.tokens.push_back(table.tokens[row]);
    part.compute.push_back(table.compute[row]);
    part.loss.push_back(table.loss[row]);
    if (!table.budget.empty()) part.budget.push_back(table.budget[row]);
  }
  for (const GroupColumn& group : table.groups) {
    GroupColumn some{group.name, group.levels, {}};
    for (const size_t row : rows) some.codes.push_back(group.codes[row]);
    part.groups.push_back(std::move(some));
  }
  return part;
}

}  // namespace ff::scaling
