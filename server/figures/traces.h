// Traces that several figures draw alike. Pure; thread-safe.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "server/domain/fit.h"

namespace ff::figures {

// A line through the points, with its hover text template ("" for none).
nlohmann::json LineTrace(const std::string& name, const std::vector<double>& x,
                         const std::vector<double>& y, const std::string& colour, double width,
                         const std::string& dash = "solid", const std::string& hover = "");

// Two traces: the lower end unseen, the upper one filled down to it. Nothing for an empty band.
void AddBand(const std::string& name, const std::vector<double>& x, const std::vector<double>& low,
             const std::vector<double>& high, const std::string& fill, nlohmann::json* data);

// Markers, `text` shown on hovering.
nlohmann::json MarkerTrace(const std::string& name, const std::vector<double>& x,
                           const std::vector<double>& y, const std::vector<std::string>& text,
                           const nlohmann::json& marker);

// Smallest and largest of what is positive and finite.
struct Range {
  double low = 0, high = 0;
  void Cover(double value);
  void Cover(const std::vector<double>& values);
  bool Empty() const { return !(low > 0); }
  // Grows by the factor at each end of the log scale: 0.1 a tenth of its decades.
  void Widen(double share);
};

// "0.49 (0.46 to 0.53)"; the interval only where there is one.
std::string WithInterval(double value, const Interval& interval, int digits);

}  // namespace ff::figures
