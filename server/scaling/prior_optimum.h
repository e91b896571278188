// Where the best size of a budget is expected before anything was trained: a power law
// N_opt = k C^a from an earlier fit, from the literature, or from a ratio of tokens to
// parameters. The centre of every centred grid. Pure; thread-safe.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/domain/sweep.h"

namespace ff::scaling {

struct PriorLaw {
  double coefficient = 0, exponent = 0;
  std::string origin;  // for people
};

// By spec.prior.law:
//   tokens_per_param (or empty)  C = 6 N D with D = grid.tokens_per_param * N at the smallest
//                  budget C0, and N_opt ~ C^grid.exponent from there:
//                  N_opt(C) = sqrt(C0 / (6 tokens_per_param)) * (C / C0)^exponent
//   power_law      prior.coefficient * C^prior.exponent
//   hoffmann2022_approach1  0.0909 C^0.50: their table 3, 1.21e20 FLOP for 1e9 parameters
//   hoffmann2022_approach3  E 1.69, A 406.4, B 410.7, alpha 0.34, beta 0.28, with
//                  N_opt = (alpha A / (beta B))^(1/(alpha+beta)) (C/6)^(beta/(alpha+beta))
//   besiroglu2024  the same with A 482.01, B 2085.43, alpha 0.3478, beta 0.3658
//   kaplan2020     1.3e9 (C in PF-days)^0.73, N without embedding
// INVALID_ARGUMENT: another word, or prior.sweep still to be looked up.
absl::StatusOr<PriorLaw> PriorLawOf(const SweepSpec& spec);

// The size, in parameters, that the law gives at `budget` FLOP. A spec whose law
// PriorLawOf refuses is taken for tokens_per_param.
double PriorOptimum(const SweepSpec& spec, double budget);

}  // namespace ff::scaling
