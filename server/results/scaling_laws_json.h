// A fit as scaling_laws.json: the Python flops-fit's fields and names, and ours beside them.
// Pure; thread-safe.
#pragma once

#include <string>

#include "server/domain/fit.h"

namespace ff::results {

// n_opt_fit, d_opt_fit, l_opt_fit, each {name, coefficient_k, exponent_a, r_squared, k_ci, a_ci,
// formula}; optimal_points; optimal_ratio; then method, exclusions, warnings ...
std::string ScalingLawsJson(const Fit& fit);

}  // namespace ff::results
