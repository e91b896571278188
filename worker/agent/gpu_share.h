// How much of a GPU an experiment takes, so that small ones are trained side by side and
// large ones alone. Pure; thread-safe.
#pragma once

#include "ff/v1/experiment.pb.h"
#include "ff/v1/worker.pb.h"

namespace ff::agent {

// Slots of a GPU where the configuration leaves their number open.
inline constexpr int kAutoGpuSlots = 8;

// Part of `device`, in (0, 1]: by arithmetic, since a step of kFillingFlops keeps a large GPU
// busy, but never more than half for its sake, because the host's work between steps and runs is
// worth hiding; and by memory, as the planner estimated it.
double GpuShare(const v1::Plan& plan, const v1::Device& device);

}  // namespace ff::agent
