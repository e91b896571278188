#include "server/coordinator/import_rows.h"

#include <cmath>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace ff::coordinator {
namespace {

using nlohmann::json;

double NumberOr(const json& row, const char* name, double missing) {
  auto field = row.find(name);
  return field != row.end() && field->is_number() ? field->get<double>() : missing;
}

std::string TextOr(const json& row, const char* name, const std::string& missing) {
  auto field = row.find(name);
  return field != row.end() && field->is_string() ? field->get<std::string>() : missing;
}

// Python's isoformat has no zone; it is taken for UTC. Numbers are Unix seconds.
absl::Time TimeOf(const json& row) {
  auto field = row.find("timestamp");
  if (field == row.end()) return absl::InfinitePast();
  if (field->is_number()) return absl::UnixEpoch() + absl::Seconds(field->get<double>());
  absl::Time time;
  std::string error;
  const std::string text = field->is_string() ? field->get<std::string>() : "";
  if (absl::ParseTime("%Y-%m-%dT%H:%M:%E*S", text, &time, &error)) return time;
  if (absl::ParseTime("%Y-%m-%d%ET%H:%M:%E*S%Ez", text, &time, &error)) return time;
  return absl::InfinitePast();
}

// An empty reason means that the row can be used.
std::string ReadPlanned(const json& row, PlannedRow* out) {
  if (!row.is_object()) return "is not an object";
  out->experiment_id = TextOr(row, "experiment_id", "");
  out->compute_budget = NumberOr(row, "compute_budget", 0);
  out->model_size = NumberOr(row, "model_size", 0);
  out->num_tokens = NumberOr(row, "num_tokens", 0);
  if (out->experiment_id.empty()) return "has no experiment_id";
  const auto positive = [](double value) { return std::isfinite(value) && value > 0; };
  if (!positive(out->compute_budget)) return "has no positive compute_budget";
  if (!positive(out->model_size)) return "has no positive model_size";
  if (!positive(out->num_tokens)) return "has no positive num_tokens";
  constexpr double kMost = 9e18;  // counts are kept as 64-bit integers
  return out->model_size > kMost || out->num_tokens > kMost ? "has a number beyond 9e18" : "";
}

std::string ReadResult(const json& row, ResultRow* out) {
  if (std::string wrong = ReadPlanned(row, &out->planned); !wrong.empty()) return wrong;
  out->final_loss = NumberOr(row, "final_loss", std::numeric_limits<double>::quiet_NaN());
  out->actual_flops = NumberOr(row, "actual_flops", 0);
  out->wall_time_seconds = NumberOr(row, "wall_time_seconds", 0);
  out->timestamp = TimeOf(row);
  out->status = TextOr(row, "status", "");
  out->error_message = TextOr(row, "error_message", "");
  if (out->status != "completed" && out->status != "failed" && out->status != "skipped") {
    return absl::StrCat("has the unknown status '", out->status, "'");
  }
  return out->status == "completed" && !std::isfinite(out->final_loss)
             ? "is completed but has no finite final_loss"
             : "";
}

absl::StatusOr<json> ParseList(const std::string& file, const std::string& text) {
  try {
    json list = json::parse(WithoutNaN(text));
    if (list.is_array()) return list;
    return absl::InvalidArgumentError(absl::StrCat(file, " is not a list of experiments"));
  } catch (const json::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat(file, " is not JSON: ", error.what()));
  }
}

template <typename Row, typename ReadRow>
absl::StatusOr<std::vector<Row>> ReadRows(const std::string& file, const std::string& text,
                                          ReadRow read, std::vector<std::string>* warnings) {
  const absl::StatusOr<json> parsed = ParseList(file, text);
  if (!parsed.ok()) return parsed.status();
  const json& list = *parsed;
  std::vector<Row> rows;
  for (size_t i = 0; i < list.size(); ++i) {
    Row row;
    const std::string wrong = read(list[i], &row);
    if (wrong.empty()) {
      rows.push_back(std::move(row));
      continue;
    }
    const std::string id = list[i].is_object() ? TextOr(list[i], "experiment_id", "") : "";
    warnings->push_back(absl::StrCat(file, " row ", i + 1,
                                     id.empty() ? "" : absl::StrCat(" (", id, ")"), " ", wrong,
                                     "; left out"));
  }
  return rows;
}

}  // namespace

std::string WithoutNaN(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (in_string && text[i] == '\\' && i + 1 < text.size()) {
      out += text[i++];
      out += text[i];
      continue;
    }
    if (text[i] == '"') in_string = !in_string;
    bool replaced = false;
    for (const absl::string_view word : {"NaN", "-Infinity", "Infinity"}) {
      if (in_string || replaced || !absl::StartsWith(absl::string_view(text).substr(i), word)) {
        continue;
      }
      out += "null";
      i += word.size() - 1;
      replaced = true;
    }
    if (!replaced) out += text[i];
  }
  return out;
}

absl::StatusOr<std::vector<PlannedRow>> ReadSweepRows(const std::string& file,
                                                      const std::string& text,
                                                      std::vector<std::string>* warnings) {
  return ReadRows<PlannedRow>(file, text, ReadPlanned, warnings);
}

absl::StatusOr<std::vector<ResultRow>> ReadResultRows(const std::string& file,
                                                      const std::string& text,
                                                      std::vector<std::string>* warnings) {
  return ReadRows<ResultRow>(file, text, ReadResult, warnings);
}

}  // namespace ff::coordinator
