#include "client/analysis/rate_text.h"

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/print/numbers.h"
#include "nlohmann/json.hpp"

namespace ff::client {
namespace {

// Rates a factor of 2 apart and a best rate that moves no further than one of them: it stays put.
constexpr double kOneStep = 1.001;

double LossOf(const v1::Experiment& experiment, bool training) {
  if (!experiment.has_result()) return std::numeric_limits<double>::quiet_NaN();
  return training ? experiment.result().final_train_loss() : experiment.result().final_val_loss();
}

// NaN is not JSON.
nlohmann::ordered_json Number(double value) {
  if (std::isfinite(value)) return value;
  return nullptr;
}

}  // namespace

scaling::RateTable RatesOf(const google::protobuf::RepeatedPtrField<v1::Experiment>& experiments,
                           bool training) {
  std::vector<scaling::RateRun> runs;
  for (const v1::Experiment& e : experiments) {
    const bool failed = e.state() == v1::EXPERIMENT_STATE_FAILED;
    if (!e.has_result() && !failed) continue;
    runs.push_back({e.budget_flops(), static_cast<double>(e.plan().parameters()),
                    e.plan().shape().d_model(), e.plan().learning_rate(), LossOf(e, training)});
  }
  return scaling::LearningRateTable(runs);
}

Table RateLossTable(const scaling::RateTable& rates) {
  std::vector<Column> columns = {
      {"BUDGET", Align::kRight}, {"N", Align::kRight}, {"D_MODEL", Align::kRight}};
  for (const double rate : rates.rates) {
    columns.push_back({absl::StrCat("LR ", Shortest(rate, 3)), Align::kRight});
  }
  columns.push_back({"BEST LR", Align::kRight});
  columns.push_back({"VERTEX", Align::kRight});
  Table table(columns);
  for (const scaling::RateRow& row : rates.rows) {
    std::vector<Cell> cells = {FlopsCell(row.budget), CountCell(row.parameters),
                               std::to_string(row.d_model)};
    for (size_t i = 0; i < row.losses.size(); ++i) {
      const double loss = row.losses[i];
      if (!std::isfinite(loss)) {
        cells.push_back({"-", ""});
      } else {
        const bool best = rates.rates[i] == row.best_rate;
        cells.push_back({absl::StrFormat("%.4f%s", loss, best ? "*" : " "), Exact(loss)});
      }
    }
    const bool known = std::isfinite(row.best_rate);
    cells.push_back(
        {known ? absl::StrCat(Shortest(row.best_rate, 3), row.at_edge ? " (edge)" : "") : "-",
         known ? Exact(row.best_rate) : ""});
    cells.push_back({std::isfinite(row.vertex) ? Shortest(row.vertex, 3) : "-",
                     std::isfinite(row.vertex) ? Exact(row.vertex) : ""});
    table.Add(std::move(cells));
  }
  return table;
}

std::string RateSummary(const scaling::RateTable& rates) {
  std::string text =
      absl::StrFormat("between sizes of one budget the best rate moves by at most a factor of %.3g",
                      std::exp2(rates.widest_shift));
  if (std::isfinite(rates.transfer_cost)) {
    absl::StrAppendFormat(&text, "; the smallest model's best costs no other more than %.4f nats",
                          std::max(rates.transfer_cost, 0.0));
  }
  text += rates.widest_shift <= kOneStep ? ": it transfers\n" : ": it does not transfer\n";
  for (const scaling::RateRow& row : rates.rows) {
    if (!row.at_edge) continue;
    text += "note: a best rate at the edge of those tried says little: try further ones\n";
    break;
  }
  return text;
}

nlohmann::ordered_json RateJson(const scaling::RateTable& rates) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const scaling::RateRow& row : rates.rows) {
    nlohmann::ordered_json losses = nlohmann::ordered_json::array();
    for (const double loss : row.losses) losses.push_back(Number(loss));
    rows.push_back({{"budget_flops", row.budget},
                    {"parameters", row.parameters},
                    {"d_model", row.d_model},
                    {"losses", losses},
                    {"best_rate", Number(row.best_rate)},
                    {"best_loss", Number(row.best_loss)},
                    {"at_edge", row.at_edge},
                    {"vertex", Number(row.vertex)}});
  }
  return {{"rates", rates.rates},
          {"rows", rows},
          {"widest_shift_log2", rates.widest_shift},
          {"transfer_cost", Number(rates.transfer_cost)}};
}

}  // namespace ff::client
