// Whether data can tell a law's parameters apart, and what a finished law is held against.
// Checks add warnings; the one error is a law that does not fall where that is demanded.
// Thread-safe.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "server/domain/law_fit.h"
#include "server/scaling/law_problem.h"

namespace ff::scaling {

// Empty: all parameters can be told apart. Otherwise why not: too few different sizes or token
// counts for the form, a term that has vanished at the optimum, or derivatives that are
// linear combinations of each other.
std::string WhyNotIdentifiable(const RunTable& table, const LawProblem& problem,
                               const double* internal);

// Warnings: R squared under min_r_squared, N_opt's exponent out of tolerance, parameters that
// cannot be told apart, a narrow range of compute. FAILED_PRECONDITION: enforce_monotonic and
// the law rises with N, D or C.
absl::Status AddLawChecks(const LawOptions& options, LawFit* fit);

}  // namespace ff::scaling
