// One run that serves several budgets: under scheduler wsd (warm-up, stable, decay) experiments
// that differ in length alone do the same steps until the shorter one begins to decay, so that
// these need be done once and each decay branches off them (Hu et al. 2024, section 4; Haegele et
// al. 2024). What an experiment computes, its id and its FLOP stay those of a run of its own. Pure.
#pragma once

#include <vector>

#include "server/scaling/isoflop_plan.h"

namespace ff::scaling {

// The step after which a plan goes its own way: where it begins to decay, or where the losses begin
// that its final training loss is the mean of (the last tenth), if that is earlier. 0: never
// shared.
int64_t BranchStep(const Plan& plan);

// Gives plans of equal TrunkId, where there are several of different length, their trunk and branch
// steps; says what that spares.
SharedPhase ShareStablePhases(std::vector<PlannedExperiment>* experiments);

}  // namespace ff::scaling
