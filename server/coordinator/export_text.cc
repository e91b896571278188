#include "server/coordinator/export_text.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace ff::coordinator {
namespace {

// nlohmann writes the shortest text that reads back to the same double, and null for NaN.
std::string Json(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}
std::string Json(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return Json(nlohmann::json(value));
}

using Row = std::vector<std::pair<std::string, std::string>>;  // name, JSON text

std::string List(const std::vector<Row>& rows) {
  std::vector<std::string> objects;
  for (const Row& row : rows) {
    std::vector<std::string> fields;
    for (const auto& [name, text] : row)
      fields.push_back(absl::StrCat("    \"", name, "\": ", text));
    objects.push_back(absl::StrCat("  {\n", absl::StrJoin(fields, ",\n"), "\n  }"));
  }
  if (objects.empty()) return "[]\n";
  return absl::StrCat("[\n", absl::StrJoin(objects, ",\n"), "\n]\n");
}

std::string StatusOf(const Experiment& e) {
  if (e.state == ExperimentState::kFinished) return "completed";
  if (e.state == ExperimentState::kFailed) return "failed";
  const bool skipped = e.state == ExperimentState::kCancelled && e.failure.has_value() &&
                       e.failure->kind == "skipped";
  return skipped ? "skipped" : "";
}

Row PlannedFields(const Experiment& e) {
  return {{"experiment_id", Json(nlohmann::json(e.id))},
          {"compute_budget", Json(e.budget_flops)},
          {"model_size", Json(nlohmann::json(e.plan.parameters))},
          {"num_tokens", Json(nlohmann::json(e.plan.tokens))}};
}

double LossOf(const Result& result) {
  return std::isnan(result.final_val_loss) ? result.final_train_loss : result.final_val_loss;
}

std::string IsoTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*S", time, absl::UTCTimeZone());
}

std::string Cell(double value) { return std::isnan(value) ? "" : Json(value); }
std::string Cell(int64_t value) { return absl::StrCat(value); }
std::string Cell(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

}  // namespace

std::string SweepJson(const std::vector<Experiment>& experiments) {
  std::vector<Row> rows;
  for (const Experiment& e : experiments) {
    Row row = PlannedFields(e);
    row.emplace_back("tokens_per_param", Json(static_cast<double>(e.plan.tokens) /
                                              static_cast<double>(e.plan.parameters)));
    rows.push_back(std::move(row));
  }
  return List(rows);
}

std::string ResultsJson(const std::vector<Experiment>& experiments) {
  std::vector<Row> rows;
  for (const Experiment& e : experiments) {
    const std::string status = StatusOf(e);
    if (status.empty()) continue;
    Result none;
    none.final_train_loss = none.final_val_loss = std::numeric_limits<double>::quiet_NaN();
    const Result result = e.result.value_or(none);
    Row row = PlannedFields(e);
    row.emplace_back("final_loss", Json(LossOf(result)));
    row.emplace_back("actual_flops", Json(result.flops));
    row.emplace_back("wall_time_seconds", Json(result.train_seconds));
    row.emplace_back("timestamp",
                     Json(nlohmann::json(e.result ? IsoTime(result.finished_at) : "")));
    row.emplace_back("status", Json(nlohmann::json(status)));
    const bool wrong = status != "completed" && e.failure.has_value();
    row.emplace_back("error_message", wrong ? Json(nlohmann::json(e.failure->message)) : "null");
    rows.push_back(std::move(row));
  }
  return List(rows);
}

std::string ResultsCsv(const std::vector<Experiment>& experiments) {
  std::string out =
      "run_id,params_n,tokens_d,flops_c,loss,train_loss,val_loss,budget_index,budget_flops,"
      "flops_six_nd,flops_exact,layers,d_model,heads,d_ff,batch_size,seq_len,steps,learning_rate,"
      "seed,train_seconds,finished_at,from_sweep\n";
  for (const Experiment& e : experiments) {
    if (!e.result.has_value()) continue;
    const Plan& p = e.plan;
    const Result& r = *e.result;
    const std::vector<std::string> cells = {Cell(e.id),
                                            Cell(p.parameters),
                                            Cell(p.tokens),
                                            Cell(r.flops),
                                            Cell(LossOf(r)),
                                            Cell(r.final_train_loss),
                                            Cell(r.final_val_loss),
                                            Cell(int64_t{e.budget_index}),
                                            Cell(e.budget_flops),
                                            Cell(p.flops_six_nd),
                                            Cell(p.flops_exact),
                                            Cell(p.shape.layers),
                                            Cell(p.shape.d_model),
                                            Cell(p.shape.heads),
                                            Cell(p.shape.d_ff),
                                            Cell(p.batch_size),
                                            Cell(p.shape.seq_len),
                                            Cell(p.steps),
                                            Cell(p.learning_rate),
                                            Cell(p.seed),
                                            Cell(r.train_seconds),
                                            IsoTime(r.finished_at),
                                            Cell(r.from_sweep)};
    absl::StrAppend(&out, absl::StrJoin(cells, ","), "\n");
  }
  return out;
}

}  // namespace ff::coordinator
