// What every call of Ceres shares: quiet, to the last digit, and no exception of it gets out.
// For solve*.cc alone, which are the door to Ceres.
#pragma once

#include <ceres/ceres.h>

#include <exception>
#include <string>

#include "absl/status/status.h"

namespace ff::scaling {

// Both solvers' options have these fields by the same names.
template <typename Options>
void ToTheLastDigit(double function, double gradient, double parameter, Options* options) {
  options->logging_type = ceres::SILENT;
  options->max_num_iterations = 200;
  options->function_tolerance = function;
  options->gradient_tolerance = gradient;
  options->parameter_tolerance = parameter;
}

template <typename Summary>
absl::Status Usable(const Summary& summary) {
  if (summary.IsSolutionUsable()) return absl::OkStatus();
  return absl::InternalError("Ceres: " + summary.message);
}

// solve() with an exception as INTERNAL.
template <typename Solve>
auto WithoutExceptions(const Solve& solve) -> decltype(solve()) {
  try {
    return solve();
  } catch (const std::exception& error) {
    return absl::InternalError(std::string("Ceres: ") + error.what());
  }
}

}  // namespace ff::scaling
