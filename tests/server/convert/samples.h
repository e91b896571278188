// Domain values with every member set to something other than its default.
#pragma once

#include "server/domain/analysis.h"
#include "server/domain/experiment.h"
#include "server/domain/fit.h"
#include "server/domain/sweep.h"
#include "server/domain/worker.h"

namespace ff::convert::testing {

Plan SamplePlan();
Attempt SampleAttempt();
Experiment SampleExperiment();
Sweep SampleSweep();
Fit SampleFit();
Analysis SampleAnalysis();
Worker SampleWorker();

}  // namespace ff::convert::testing
