#include "server/analysis/unit_checks.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_format.h"

namespace ff::analysis {
namespace {

// Every count of training FLOP lies within: 2 N D is a forward pass alone, and attention and head
// of very small models make it some times 6 N D.
constexpr double kFewestFlops = 0.5, kMostFlops = 100;
constexpr double kSmallestModel = 1000;
// ln of the vocabulary is what a model costs that knows nothing: 12.4 for 250,000 words. The mock
// law of flops-fit goes up to 17.
constexpr double kLargestLoss = 20;

// Of what is positive and finite; NaN: nothing is.
double MedianOf(std::vector<double> values) {
  values.erase(std::remove_if(values.begin(), values.end(),
                              [](double v) { return !(v > 0) || !std::isfinite(v); }),
               values.end());
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

std::vector<std::string> UnitDoubts(const RunTable& runs) {
  std::vector<std::string> doubts;
  std::vector<double> ratios;
  for (size_t i = 0; i < runs.size(); ++i) {
    ratios.push_back(runs.compute[i] / runs.parameters[i] / runs.tokens[i]);
  }
  const double ratio = MedianOf(std::move(ratios));
  if (ratio < kFewestFlops || ratio > kMostFlops) {
    doubts.push_back(absl::StrFormat(
        "C / (N D) is %.3g at the median, where training takes about 6: are N, D and C in "
        "parameters, tokens and FLOP? (--column 'params_n=NAME*1e6' reads other units)",
        ratio));
  }
  if (const double size = MedianOf(runs.parameters); size < kSmallestModel) {
    doubts.push_back(
        absl::StrFormat("the median model has %.3g parameters: is N in millions or billions? "
                        "(--column 'params_n=NAME*1e6' reads other units)",
                        size));
  }
  if (const double loss = MedianOf(runs.loss); loss > kLargestLoss) {
    doubts.push_back(absl::StrFormat(
        "the median loss is %.3g, more than guessing costs in nats a token: is it a perplexity? "
        "(--column 'loss=ln(NAME)' reads one)",
        loss));
  }
  return doubts;
}

}  // namespace ff::analysis
