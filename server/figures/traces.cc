#include "server/figures/traces.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace ff::figures {

using nlohmann::json;

json LineTrace(const std::string& name, const std::vector<double>& x, const std::vector<double>& y,
               const std::string& colour, double width, const std::string& dash,
               const std::string& hover) {
  json trace = {
      {"type", "scatter"},
      {"mode", "lines"},
      {"name", name},
      {"x", x},
      {"y", y},
      {"line", {{"color", colour}, {"width", width}, {"dash", dash}, {"simplify", false}}}};
  if (hover.empty()) {
    trace["hoverinfo"] = "skip";
  } else {
    trace["hovertemplate"] = hover + "<extra></extra>";
  }
  return trace;
}

void AddBand(const std::string& name, const std::vector<double>& x, const std::vector<double>& low,
             const std::vector<double>& high, const std::string& fill, json* data) {
  if (low.empty()) return;
  json lower = LineTrace(name, x, low, "rgba(0,0,0,0)", 0);
  lower["showlegend"] = false;
  json upper = LineTrace(name, x, high, "rgba(0,0,0,0)", 0);
  upper["fill"] = "tonexty";
  upper["fillcolor"] = fill;
  data->push_back(std::move(lower));
  data->push_back(std::move(upper));
}

json MarkerTrace(const std::string& name, const std::vector<double>& x,
                 const std::vector<double>& y, const std::vector<std::string>& text,
                 const json& marker) {
  return {{"type", "scatter"},
          {"mode", "markers"},
          {"name", name},
          {"x", x},
          {"y", y},
          {"text", text},
          {"hovertemplate", "%{text}<extra></extra>"},
          {"marker", marker}};
}

void Range::Cover(double value) {
  if (!(value > 0) || !std::isfinite(value)) return;
  low = low > 0 ? std::min(low, value) : value;
  high = std::max(high, value);
}

void Range::Cover(const std::vector<double>& values) {
  for (const double value : values) Cover(value);
}

void Range::Widen(double share) {
  const double factor = std::pow(std::max(high / low, 1.05), share);
  low /= factor;
  high *= factor;
}

std::string WithInterval(double value, const Interval& interval, int digits) {
  const auto text = [&](double v) {
    return absl::StrFormat("%s%.*f", v < 0 ? "\u2212" : "", digits, std::abs(v));
  };
  if (interval.low == 0 && interval.high == 0) return text(value);
  return absl::StrCat(text(value), " (", text(interval.low), " to ", text(interval.high), ")");
}

}  // namespace ff::figures
