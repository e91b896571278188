// The stand-in law of mode `synthetic`: what a training run of a plan would lose if
// L(N, D) = e + a / N^alpha + b / D^beta held exactly, plus seeded Gaussian noise. The
// same plan content gives the same numbers on every machine. Pure; thread-safe.
#pragma once

#include <cstdint>

#include "worker/protocol/plan.h"

namespace ff::synthetic {

// Standard normal number of the plan's seed and content. How often it logs, evaluates,
// checkpoints or how long a step pretends to take is no part of the content.
double Noise(const protocol::Plan& plan);

// Loss after `step` of plan.steps steps, nats a token: the law at the tokens seen so far,
// plus noise_sd * Noise; it falls with every step. step >= 1.
double LossAt(const protocol::Plan& plan, int64_t step);

}  // namespace ff::synthetic
