#include "client/render/csv.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace ff::render {
namespace {

using nlohmann::json;

std::string Quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

// A number as plotly has it, to the last digit; null and what is not there: empty.
std::string Text(const json& value) {
  if (value.is_null()) return "";
  return Quoted(value.is_string() ? value.get<std::string>() : value.dump());
}

const json& At(const json& list, size_t i) {
  static const json kNone;
  return list.is_array() && i < list.size() ? list[i] : kNone;
}

// value + sign * bar[part][i], where there is such a bar.
std::string End(const json& trace, const char* bar, const char* part, size_t i, const json& value,
                int sign) {
  const auto error = trace.find(bar);
  if (error == trace.end() || !error->is_object() || !value.is_number()) return "";
  const json lengths = error->value(part, json());
  const json& length = At(lengths, i);
  if (!length.is_number()) return "";
  return json(value.get<double>() + sign * length.get<double>()).dump();
}

void AddGrid(const std::string& name, const json& trace, std::string* csv) {
  const json x = trace.value("x", json()), y = trace.value("y", json());
  const json& z = trace["z"];
  for (size_t row = 0; row < z.size(); ++row) {
    for (size_t column = 0; column < z[row].size(); ++column) {
      absl::StrAppend(csv, name, ",", Text(At(x, column)), ",", Text(At(y, row)), ",",
                      Text(z[row][column]), ",,,,\n");
    }
  }
}

void AddPoints(const std::string& name, const json& trace, std::string* csv) {
  const json xs = trace.value("x", json()), ys = trace.value("y", json());
  for (size_t i = 0; i < std::max(xs.size(), ys.size()); ++i) {
    const json &x = At(xs, i), &y = At(ys, i);
    absl::StrAppend(csv, name, ",", Text(x), ",", Text(y), ",,",
                    End(trace, "error_x", "arrayminus", i, x, -1), ",",
                    End(trace, "error_x", "array", i, x, 1), ",",
                    End(trace, "error_y", "arrayminus", i, y, -1), ",",
                    End(trace, "error_y", "array", i, y, 1), "\n");
  }
}

}  // namespace

absl::StatusOr<std::string> BuildCsv(const std::string& plotly_json) {
  const json figure = json::parse(plotly_json, nullptr, false);
  if (!figure.is_object() || !figure.value("data", json()).is_array()) {
    return absl::InvalidArgumentError("the figure is no JSON object with data");
  }
  std::string csv = "trace,x,y,z,x_low,x_high,y_low,y_high\n";
  size_t number = 0;
  for (const json& trace : figure["data"]) {
    ++number;
    if (!trace.is_object()) continue;
    const json name = trace.value("name", json());
    const std::string given = name.is_string() ? name.get<std::string>() : "";
    const std::string word = given.empty() ? absl::StrCat("trace ", number) : Quoted(given);
    const auto z = trace.find("z");
    if (z != trace.end() && z->is_array()) {
      AddGrid(word, trace, &csv);
    } else {
      AddPoints(word, trace, &csv);
    }
  }
  return csv;
}

}  // namespace ff::render
