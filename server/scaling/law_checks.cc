#include "server/scaling/law_checks.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_format.h"

namespace ff::scaling {
namespace {

constexpr double kSameSize = 1e-6;   // relative
constexpr double kVanished = 1e-7;   // of the largest derivative
constexpr double kDependent = 1e-9;  // pivot of the information matrix scaled to 1
constexpr double kNarrowRange = 10;
// Budgets a decade apart by the plan are hit to a part of a percent.
constexpr double kNearly = 0.99;

size_t Distinct(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  size_t count = values.empty() ? 0 : 1;
  double first = values.empty() ? 0 : values[0];
  for (const double value : values) {
    if (value <= first * (1 + kSameSize)) continue;
    first = value;
    ++count;
  }
  return count;
}

std::string TooFewDistinct(const RunTable& table, LawFamily family) {
  if (family == LawFamily::kCompute) {
    const size_t budgets = Distinct(table.compute);
    if (budgets >= 3) return "";
    return absl::StrFormat("E + k C^-a needs 3 different compute values; here are %d", budgets);
  }
  const size_t sizes = Distinct(table.parameters), tokens = Distinct(table.tokens);
  if (family == LawFamily::kGadre) {
    std::vector<double> ratios;
    for (size_t i = 0; i < table.size(); ++i) {
      ratios.push_back(table.tokens[i] / table.parameters[i]);
    }
    const size_t different = Distinct(ratios);
    return different >= 2 ? ""
                          : "all runs have one ratio of tokens to parameters, so a and b cannot "
                            "be told apart; add runs at another ratio";
  }
  if (sizes == 1) {
    return absl::StrFormat(
        "all runs have one size (%.4g parameters), so its term cannot be told from E; add sizes",
        table.parameters[0]);
  }
  if (tokens == 1) {
    return absl::StrFormat(
        "all runs have one token count (%.4g), so its term cannot be told from E; add token "
        "counts",
        table.tokens[0]);
  }
  // Two values give two numbers; E, a coefficient and an exponent are three.
  if (family == LawFamily::kTied || family == LawFamily::kKaplan || (sizes > 2 && tokens > 2)) {
    return "";
  }
  return absl::StrFormat(
      "a term with its own exponent needs 3 different sizes and token counts; here are %d and %d",
      sizes, tokens);
}

// Pivots of the information matrix scaled to ones on its diagonal: 1 - R^2 of each parameter's
// derivative on those before it.
double SmallestPivot(const Derivatives& information, int size) {
  std::vector<std::vector<double>> l(size, std::vector<double>(size, 0.0));
  double smallest = 1;
  for (int i = 0; i < size; ++i) {
    for (int j = 0; j <= i; ++j) {
      const double scale = std::sqrt(information.hessian[i][i] * information.hessian[j][j]);
      double sum = scale > 0 ? information.hessian[i][j] / scale : 0;
      for (int k = 0; k < j; ++k) sum -= l[i][k] * l[j][k];
      if (i == j) {
        smallest = std::min(smallest, sum);
        if (!(sum > 0)) return 0;
        l[i][i] = std::sqrt(sum);
      } else {
        l[i][j] = sum / l[j][j];
      }
    }
  }
  return smallest;
}

// A derivative that is nothing everywhere belongs to a term that is nothing.
bool TermVanished(const LawProblem& problem, const Derivatives& information) {
  double largest = 0;
  for (int i = 0; i < problem.parameters(); ++i) {
    largest = std::max(largest, information.hessian[i][i]);
  }
  for (int i = 0; i < problem.parameters(); ++i) {
    if (information.hessian[i][i] <= kVanished * kVanished * largest) return true;
  }
  return false;
}

}  // namespace

std::string WhyNotIdentifiable(const RunTable& table, const LawProblem& problem,
                               const double* internal) {
  if (std::string reason = TooFewDistinct(table, problem.family()); !reason.empty()) return reason;
  const auto objective = problem.MakeObjective({});
  Derivatives information;
  objective->EvaluateMatrix(internal, KernelMatrix::kInformation, &information);
  if (TermVanished(problem, information)) {
    return "at the optimum a term of the law has vanished: the data show no sign of it; a form "
           "with fewer terms fits as well";
  }
  if (SmallestPivot(information, problem.parameters()) < kDependent) {
    return "the runs lie so that the law's terms change together; spread sizes and token counts "
           "independently of each other";
  }
  return "";
}

absl::Status AddLawChecks(const LawOptions& options, LawFit* fit) {
  for (const LawParameter& parameter : fit->parameters) {
    const bool exponent = parameter.name == "alpha" || parameter.name == "beta" ||
                          parameter.name == "eta" || parameter.name == "alpha_n" ||
                          parameter.name == "alpha_d" ||
                          (fit->family == LawFamily::kCompute && parameter.name == "a");
    if (!exponent || parameter.value > 0) continue;
    const std::string message = absl::StrFormat("the law does not fall everywhere: %s is %.4g",
                                                parameter.name, parameter.value);
    if (options.enforce_monotonic) {
      return absl::FailedPreconditionError(
          message + ", and fitting.enforce_monotonic is on. Look for diverged runs");
    }
    fit->warnings.push_back(message);
  }
  if (fit->r_squared < options.min_r_squared) {
    fit->warnings.push_back(
        absl::StrFormat("R squared %.3f of ln L is below fitting.min_r_squared (%g)",
                        fit->r_squared, options.min_r_squared));
  }
  if (options.expected_exponent > 0 && std::isfinite(fit->n_opt_exponent) &&
      std::abs(fit->n_opt_exponent - options.expected_exponent) > options.exponent_tolerance) {
    fit->warnings.push_back(absl::StrFormat(
        "N_opt: exponent %.3f is further than validation.exponent_tolerance (%g) from "
        "validation.expected_exponent (%g)",
        fit->n_opt_exponent, options.exponent_tolerance, options.expected_exponent));
  }
  if (!fit->identifiable) {
    fit->warnings.push_back("parameters cannot be told apart: " + fit->not_identifiable +
                            ". Compare objectives and losses within the data, nothing else");
  }
  if (fit->largest_compute < kNearly * kNarrowRange * fit->smallest_compute) {
    fit->warnings.push_back(absl::StrFormat(
        "the runs span a factor of %.3g in compute only; exponents need a factor of %g or more",
        fit->largest_compute / fit->smallest_compute, kNarrowRange));
  }
  if (!fit->search.agree) {
    fit->warnings.push_back(absl::StrFormat(
        "the 4,500-start grid (objective %.9g) and variable projection (%.9g) do not agree; the "
        "lower one is reported",
        fit->search.grid_objective, fit->search.projection_objective));
  }
  return absl::OkStatus();
}

}  // namespace ff::scaling
