// Runs that come with their training curves; the other half of table_builder.h.
#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "server/results/table_builder.h"

namespace ff::results {
namespace {

bool AllNaN(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isnan(v); });
}

}  // namespace

absl::Status TableBuilder::AddPoint(const std::string& run_id, const Point& point,
                                    const std::vector<Cell>& cells, size_t line) {
  RunTable& table = out_.table;
  const auto [it, is_new] = run_of_.try_emplace(run_id, table.size());
  const size_t row = it->second;
  if (is_new) {
    AddRun(run_id, point, cells);
    out_.curves.runs.push_back({run_id, point.n});
  } else if (point.n != table.parameters[row] &&
             !(std::isnan(point.n) && std::isnan(table.parameters[row]))) {
    return absl::InvalidArgumentError(
        absl::StrCat(file_, ":", line, ":1: run ", run_id, " has N = ", point.n, " here and ",
                     table.parameters[row], " before; rows of one run are its training curve"));
  } else if (!(point.d < table.tokens[row])) {
    table.tokens[row] = point.d;
    table.compute[row] = point.c;
    table.loss[row] = point.loss;
  }
  out_.curves.points.push_back({static_cast<int>(row), point.d, point.c, point.loss});
  return absl::OkStatus();
}

absl::Status TableBuilder::AddCurve(CurveColumns curve, size_t line) {
  if (!row_kept_) return absl::OkStatus();
  if (AllNaN(curve.loss) || (AllNaN(curve.tokens) && AllNaN(curve.flops))) {
    return absl::InvalidArgumentError(
        absl::StrCat(file_, ":", line, ":1: the curve of run ", out_.table.run_id.back(),
                     " has no ", AllNaN(curve.loss) ? "loss" : "tokens_d or flops_c"));
  }
  const double n = out_.table.parameters.back();
  const auto run = static_cast<int>(out_.curves.runs.size());
  out_.curves.runs.push_back({out_.table.run_id.back(), n});
  for (size_t i = 0; i < curve.loss.size(); ++i) {
    double tokens = curve.tokens[i], flops = curve.flops[i];
    if (std::isnan(tokens)) tokens = flops / (6 * n);
    if (std::isnan(flops)) flops = 6 * n * tokens;
    out_.curves.points.push_back({run, tokens, flops, curve.loss[i]});
  }
  return absl::OkStatus();
}

// Only rows that are points can belong to a run that says later that it failed.
void TableBuilder::DropFailed() {
  if (failed_.empty()) return;
  RunTable& table = out_.table;
  std::vector<bool> kept(table.size());
  std::vector<int> place(table.size());
  int next = 0;
  for (size_t i = 0; i < table.size(); ++i) {
    kept[i] = failed_.count(table.run_id[i]) == 0;
    place[i] = kept[i] ? next++ : -1;
  }
  KeepRows(kept, &table);
  KeepWhere(kept, &out_.curves.runs);
  for (Group& group : groups_) {
    if (group.wanted) KeepWhere(kept, &group.column.codes);
  }
  std::vector<CurvePoint>& points = out_.curves.points;
  points.erase(
      std::remove_if(points.begin(), points.end(),
                     [&](const CurvePoint& p) { return place[static_cast<size_t>(p.run)] < 0; }),
      points.end());
  for (CurvePoint& point : points) point.run = place[static_cast<size_t>(point.run)];
}

void TableBuilder::NoteCurves() {
  if (out_.curves.runs.empty()) return;
  std::string note = absl::StrCat(out_.curves.runs.size(), " training curves of ",
                                  out_.curves.points.size(), " points");
  if (rows_are_points_) {
    const int step = Use(Role::kStep).index;
    absl::StrAppend(
        &note, ": rows of one run",
        step >= 0 ? absl::StrCat(" (column ", names_[static_cast<size_t>(step)], ")") : "",
        "; a run's loss is that of its last point");
  }
  out_.notes.push_back(std::move(note));
}

}  // namespace ff::results
