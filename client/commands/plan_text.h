// A plan as people and tables read it. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "client/print/table.h"
#include "ff/v1/sweep.pb.h"

namespace ff::client {

// One line an experiment. `wide`: also what every definition of FLOP counts for it, parameters
// without embedding, warm-up, checkpoint.
Table ExperimentTable(const v1::SweepPreview& preview, bool wide);

// Training FLOP a token of each shape, a column a term.
Table TermTable(const v1::SweepPreview& preview);

Table DroppedTable(const v1::SweepPreview& preview);

// Totals, time, memory, disk, notes: several lines.
std::string PlanSummary(const v1::SweepPreview& preview);

// Which experiments a plan has and a sweep has, by id.
struct PlanDiff {
  std::vector<v1::Experiment> added, removed;
  int unchanged = 0;
  bool Empty() const { return added.empty() && removed.empty(); }
};
PlanDiff DiffOf(const v1::SweepPreview& preview, const v1::ListExperimentsResponse& sweep);

// A line an experiment that is new (+) or in the sweep alone (-).
Table DiffTable(const PlanDiff& diff);

}  // namespace ff::client
