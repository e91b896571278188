#include "server/scaling/learning_rate_table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace ff::scaling {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// Of the parabola through three points, whose middle one is the lowest.
double Vertex(const std::vector<double>& x, const std::vector<double>& y) {
  const double left = (y[1] - y[0]) / (x[1] - x[0]), right = (y[2] - y[1]) / (x[2] - x[1]);
  const double curvature = (right - left) / (x[2] - x[0]);
  if (!(curvature > 0)) return kNone;
  return 0.5 * (x[0] + x[1] - left / curvature);
}

void FindBest(const std::vector<double>& rates, RateRow* row) {
  row->best_rate = row->best_loss = row->vertex = kNone;
  std::vector<size_t> tried;  // finite ones
  size_t best = rates.size();
  for (size_t i = 0; i < rates.size(); ++i) {
    if (!std::isfinite(row->losses[i])) continue;
    tried.push_back(i);
    if (best == rates.size() || row->losses[i] < row->losses[best]) best = i;
  }
  if (best == rates.size()) return;
  row->best_rate = rates[best], row->best_loss = row->losses[best];
  row->at_edge = best == 0 || best + 1 == rates.size();
  if (row->at_edge || !std::isfinite(row->losses[best - 1] + row->losses[best + 1])) return;
  row->vertex =
      std::exp(Vertex({std::log(rates[best - 1]), std::log(rates[best]), std::log(rates[best + 1])},
                      {row->losses[best - 1], row->losses[best], row->losses[best + 1]}));
}

// Rows of one budget, from its smallest size up.
void CompareSizes(const std::vector<double>& rates, const RateRow* first, const RateRow* end,
                  RateTable* table) {
  double low = kNone, high = kNone, anchor = kNone;
  for (const RateRow* row = first; row != end; ++row) {
    if (!std::isfinite(row->best_rate)) continue;
    low = std::fmin(low, row->best_rate), high = std::fmax(high, row->best_rate);
    if (std::isnan(anchor)) {
      anchor = row->best_rate;
      continue;
    }
    const size_t at = std::find(rates.begin(), rates.end(), anchor) - rates.begin();
    table->transfer_cost = std::fmax(table->transfer_cost, row->losses[at] - row->best_loss);
  }
  if (high > low) table->widest_shift = std::max(table->widest_shift, std::log2(high / low));
}

}  // namespace

RateTable LearningRateTable(const std::vector<RateRun>& runs) {
  RateTable table;
  table.transfer_cost = kNone;
  std::set<double> rates;
  std::map<std::pair<double, double>, std::map<double, RateRun>> cells;
  for (const RateRun& run : runs) {
    rates.insert(run.rate);
    cells[{run.budget, run.parameters}][run.rate] = run;
  }
  table.rates.assign(rates.begin(), rates.end());
  for (const auto& [place, by_rate] : cells) {
    if (by_rate.size() < 2) continue;
    RateRow row{place.first, place.second, by_rate.begin()->second.d_model, {}};
    for (const double rate : table.rates) {
      const auto found = by_rate.find(rate);
      row.losses.push_back(found == by_rate.end() ? kNone : found->second.loss);
    }
    FindBest(table.rates, &row);
    table.rows.push_back(std::move(row));
  }
  for (size_t begin = 0, end = 0; begin < table.rows.size(); begin = end) {
    while (end < table.rows.size() && table.rows[end].budget == table.rows[begin].budget) ++end;
    CompareSizes(table.rates, &table.rows[begin], table.rows.data() + end, &table);
  }
  return table;
}

}  // namespace ff::scaling
