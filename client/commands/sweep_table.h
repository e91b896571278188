// Sweeps and experiments as tables.
#pragma once

#include "client/print/table.h"
#include "client/session.h"
#include "ff/v1/experiment.pb.h"
#include "ff/v1/sweep.pb.h"

namespace ff::client {

Table SweepTable(const google::protobuf::RepeatedPtrField<v1::Sweep>& sweeps);
Table ExperimentTable(const google::protobuf::RepeatedPtrField<v1::Experiment>& experiments);

// For people: a line a sweep some of whose experiments fit no worker, with the reason.
void PrintWaiting(Session& session, const google::protobuf::RepeatedPtrField<v1::Sweep>& sweeps);

// Without the columns that only `-o wide` shows, unless it was asked for.
Table Shown(const Session& session, const Table& table);

// One sweep in any output format: what it is, how far, a line a budget.
void PrintSweep(Session& session, const v1::Sweep& sweep);

}  // namespace ff::client
