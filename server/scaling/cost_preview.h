// What a planned sweep costs before it runs: time of each experiment from measured or assumed
// throughput, when the last one ends on the slots there are, disk for checkpoints. Pure;
// thread-safe.
#pragma once

#include <string>
#include <vector>

#include "server/domain/experiment.h"

namespace ff::scaling {

// seconds(plan) = exact FLOP / flops_per_second + steps * seconds_per_step, on one slot. The
// hardware does the exact count (matrix products), whatever the budget is counted in.
struct Throughput {
  double flops_per_second = 0, seconds_per_step = 0;
  bool measured = false;
  std::string source;  // for people
};

// Weighted least squares on relative errors, sum ((f / r + s t_0 - t) / t)^2 over finished runs,
// both coefficients non-negative; where steps and FLOP go together (one shape), the rate alone.
// Without a run, `assumed` FLOP/s.
Throughput ThroughputOf(const Effort& effort, double assumed);

// Mode synthetic: it waits `seconds_per_step` and computes nothing, so it has no rate (0).
Throughput StandInThroughput(double seconds_per_step);

double SecondsFor(const Throughput& throughput, const Plan& plan);

// Ends when the last one does: largest first, each to the slot that is free first, as the
// scheduler grants them (Graham 1969: at most 4/3 of the best). `slots` at least 1.
double Makespan(std::vector<double> seconds, int slots);

// fp32 weights and Adam's two moments: 12 N. Mode synthetic keeps next to nothing: 0.
double CheckpointBytes(const Plan& plan);

// Most at one time: `slots` largest experiments, each with two checkpoints kept and one being
// written; those of finished experiments are removed.
double CheckpointDisk(std::vector<double> checkpoint_bytes, int slots);

}  // namespace ff::scaling
