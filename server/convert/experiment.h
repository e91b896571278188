// Experiments and what belongs to them, between domain and proto. Measurements, results
// and failures come in from workers and go out to readers; the rest only goes out.
// Pure.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "ff/v1/experiment.pb.h"
#include "ff/v1/sweep.pb.h"
#include "server/coordinator/coordinator.h"
#include "server/domain/experiment.h"

namespace ff::convert {

v1::Failure ToProto(const Failure& failure);
Failure FromProto(const v1::Failure& failure);

v1::Result ToProto(const Result& result);
Result FromProto(const v1::Result& result);

v1::Measurement ToProto(const Measurement& measurement);
Measurement FromProto(const v1::Measurement& measurement);

v1::Attempt ToProto(const Attempt& attempt);
v1::Event ToProto(const Event& event);

// Progress (step, loss, throughput, worker) is that of the attempt under way, else that of
// the newest attempt where the experiment carries its attempts.
v1::Experiment ToProto(const Experiment& experiment);

v1::ExperimentState ToProto(ExperimentState state);
// INVALID_ARGUMENT: the number is no state.
absl::StatusOr<ExperimentState> FromProto(v1::ExperimentState state);
// "waiting", any case, with or without "EXPERIMENT_STATE_". INVALID_ARGUMENT lists the words.
absl::StatusOr<ExperimentState> ParseExperimentState(const std::string& word);

// brief: of each plan only what tables show.
v1::ListExperimentsResponse ToProto(const coordinator::ExperimentPage& page, bool brief = false);
// INVALID_ARGUMENT: a number that is no state.
absl::StatusOr<coordinator::ExperimentQuery> FromProto(const v1::ListExperimentsRequest& request);
v1::ListCurvesResponse ToProto(const coordinator::CurvePage& page);
coordinator::CurveRequest FromProto(const v1::ListCurvesRequest& request);
v1::ListAttemptsResponse ToProto(const std::vector<coordinator::TimelineEntry>& entries);
coordinator::LogQuery FromProto(const v1::GetLogsRequest& request);
v1::RetryExperimentResponse ToProto(const std::vector<Experiment>& experiments);
v1::ListMeasurementsResponse ToProto(const coordinator::MeasurementPage& page);
v1::GetLogsResponse ToProto(const coordinator::Logs& logs);
v1::ListEventsResponse ToProto(const std::vector<Event>& events);
v1::SystemSample ToProto(const SystemSample& sample);
v1::ListSystemSamplesResponse ToProto(const std::vector<SystemSample>& samples);

}  // namespace ff::convert
