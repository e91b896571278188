// A connection to a coordinator: one method a call, each with a deadline, each answered
// with a Status whose text a person can act on. UNAVAILABLE from the transport names the
// address. Thread-safe; generated gRPC headers stay in the .cc.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ff/v1/access.pb.h"
#include "ff/v1/analysis.pb.h"
#include "ff/v1/sweep.pb.h"
#include "ff/v1/worker.pb.h"
#include "proto/wire/channel.h"

namespace ff::client {

class CoordinatorClient {
 public:
  // `address`: HOST:PORT or unix:PATH. Connects at the first call, and again by itself.
  CoordinatorClient(std::string address, absl::Duration timeout, wire::Dialing dialing = {});
  ~CoordinatorClient();

  const std::string& address() const { return address_; }
  // From now on hears of every call: method, status, time and bytes, in a line.
  void Trace(std::function<void(const std::string& line)> trace) { trace_ = std::move(trace); }

  absl::StatusOr<v1::SweepPreview> PlanSweep(const v1::PlanSweepRequest& request);
  // Fits a law on the server: ten times the deadline.
  absl::StatusOr<v1::NextPlan> PlanNext(const v1::PlanNextRequest& request);
  // Gives the request an id where it has none, and repeats it once where the connection broke: the
  // coordinator makes one sweep of a request that it hears twice.
  absl::StatusOr<v1::CreateSweepResponse> CreateSweep(const v1::CreateSweepRequest& request);
  absl::StatusOr<v1::ListSweepsResponse> ListSweeps();
  // `by`: who asks and why, for the sweep's events. `if_version`: ABORTED unless the sweep's
  // version is this one; 0: whatever it is.
  absl::StatusOr<v1::Sweep> GetSweep(const std::string& sweep);
  absl::StatusOr<v1::Sweep> PauseSweep(const std::string& sweep, const std::string& by = "",
                                       int64_t if_version = 0);
  absl::StatusOr<v1::Sweep> ResumeSweep(const std::string& sweep, const std::string& by = "",
                                        int64_t if_version = 0);
  absl::StatusOr<v1::Sweep> CancelSweep(const std::string& sweep, const std::string& by = "",
                                        int64_t if_version = 0);
  absl::StatusOr<v1::Sweep> UpdateSweep(const v1::UpdateSweepRequest& request);
  // Deletes in pieces: ten times the deadline.
  absl::StatusOr<v1::Deletion> DeleteSweep(const v1::DeleteSweepRequest& request);
  absl::StatusOr<v1::Deletion> DeleteExperiment(const v1::DeleteExperimentRequest& request);
  absl::StatusOr<v1::ImportSweepResponse> ImportSweep(const v1::ImportSweepRequest& request);
  absl::StatusOr<v1::ExportSweepResponse> ExportSweep(const std::string& sweep,
                                                      const std::string& format);

  absl::StatusOr<v1::ListExperimentsResponse> ListExperiments(
      const v1::ListExperimentsRequest& request);
  absl::StatusOr<v1::Experiment> GetExperiment(const v1::ExperimentRequest& request);
  absl::StatusOr<v1::RetryExperimentResponse> RetryExperiment(
      const v1::RetryExperimentRequest& request);
  absl::StatusOr<v1::GetLogsResponse> GetLogs(const v1::GetLogsRequest& request);
  absl::StatusOr<v1::ListEventsResponse> ListEvents(const v1::ListEventsRequest& request);

  absl::StatusOr<v1::ListWorkersResponse> ListWorkers();
  absl::StatusOr<v1::Worker> DrainWorker(const v1::DrainWorkerRequest& request);
  absl::StatusOr<v1::Worker> QuarantineWorker(const v1::QuarantineWorkerRequest& request);
  absl::StatusOr<v1::Worker> UncordonWorker(const v1::UncordonWorkerRequest& request);

  // Both analyse and draw on the server, which may take longer than other calls: they
  // have ten times the deadline.
  absl::StatusOr<v1::Fit> AnalyzeSweep(const v1::AnalyzeSweepRequest& request);
  absl::StatusOr<v1::GetFigureResponse> GetFigure(const v1::GetFigureRequest& request);
  absl::StatusOr<v1::Fit> GetFit(const std::string& sweep);
  absl::StatusOr<v1::PredictResponse> Predict(const v1::PredictRequest& request);

  absl::StatusOr<v1::Info> GetInfo();

  absl::StatusOr<v1::CreateTokenResponse> CreateToken(const v1::CreateTokenRequest& request);
  absl::StatusOr<v1::ListTokensResponse> ListTokens(const v1::ListTokensRequest& request);
  absl::StatusOr<v1::Credential> RevokeToken(const v1::RevokeTokenRequest& request);
  absl::StatusOr<v1::ListAuditResponse> ListAudit(const v1::ListAuditRequest& request);
  absl::StatusOr<v1::Identity> WhoAmI();

  // A consistent copy of the database, handed to `take` piece by piece with how many bytes there
  // will be in all. No deadline: it takes what it takes.
  absl::Status Backup(
      const std::function<absl::Status(const std::string& piece, int64_t total)>& take);
  // Brings a file to the coordinator's store and returns its SHA-256; nothing is sent where it is
  // there already. No deadline.
  absl::StatusOr<std::string> SendFile(const std::string& path);

 private:
  struct Stubs;
  const std::string address_;
  const absl::Duration timeout_;
  std::function<void(const std::string& line)> trace_;
  const std::unique_ptr<Stubs> stubs_;
};

}  // namespace ff::client
