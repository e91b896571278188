#include "client/coordinator_client.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/errors.h"
#include "ff/v1/access.grpc.pb.h"
#include "ff/v1/analysis.grpc.pb.h"
#include "ff/v1/files.grpc.pb.h"
#include "ff/v1/sweep.grpc.pb.h"
#include "ff/v1/worker.grpc.pb.h"
#include "grpcpp/support/channel_arguments.h"
#include "proto/transfer/file_transfer.h"
#include "proto/wire/status.h"

namespace ff::client {
namespace {

constexpr absl::Duration kBeforeRepeating = absl::Milliseconds(200);
constexpr int kSlow = 10;  // times the deadline of an ordinary call

std::shared_ptr<grpc::Channel> DialFor(const std::string& address, const wire::Dialing& dialing) {
  grpc::ChannelArguments arguments;
  // A figure of a large sweep is more than gRPC's default of 4 MiB.
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // A coordinator on the local network is not behind the web's proxy.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return wire::Dial(address, dialing, arguments);
}

}  // namespace

struct CoordinatorClient::Stubs {
  Stubs(const std::string& address, const wire::Dialing& dialing)
      : channel(DialFor(address, dialing)) {}

  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::SweepService::Stub> sweeps = v1::SweepService::NewStub(channel);
  std::unique_ptr<v1::ExperimentService::Stub> experiments =
      v1::ExperimentService::NewStub(channel);
  std::unique_ptr<v1::WorkerService::Stub> workers = v1::WorkerService::NewStub(channel);
  std::unique_ptr<v1::AnalysisService::Stub> analysis = v1::AnalysisService::NewStub(channel);
  std::unique_ptr<v1::SystemService::Stub> system = v1::SystemService::NewStub(channel);
  std::unique_ptr<v1::FileService::Stub> files = v1::FileService::NewStub(channel);
  std::unique_ptr<v1::BackupService::Stub> backup = v1::BackupService::NewStub(channel);
  std::unique_ptr<v1::AccessService::Stub> access = v1::AccessService::NewStub(channel);
};

namespace {

absl::Status FromGrpc(const grpc::Status& status, const grpc::Channel& channel,
                      const std::string& address, absl::Duration timeout) {
  const absl::Status plain = wire::FromGrpc(status);
  const absl::StatusCode code = plain.code();
  // The same code means "cannot write its database" when the coordinator itself says it;
  // then the channel stands.
  const bool connected = const_cast<grpc::Channel&>(channel).GetState(false) == GRPC_CHANNEL_READY;
  if (code == absl::StatusCode::kUnavailable && !connected) {
    return Fail(code, absl::StrCat("no coordinator answers at ", address), status.error_message(),
                "ffctl status   (or name another one: --coordinator HOST:PORT)");
  }
  if (code == absl::StatusCode::kDeadlineExceeded) {
    return Fail(code,
                absl::StrCat("the coordinator at ", address, " did not answer within ",
                             absl::FormatDuration(timeout)),
                status.error_message(), "repeat with a longer --timeout SECONDS");
  }
  if (code == absl::StatusCode::kUnimplemented) {
    return Fail(code, absl::StrCat("what answers at ", address, " does not know this call"),
                status.error_message(),
                "compare `ffctl version` with the coordinator's, or check the port");
  }
  return plain;
}

using Tracer = std::function<void(const std::string& line)>;

// One unary call. `method` is a member of the stub, `name` what it is called in a trace.
template <typename Response, typename Stub, typename Request, typename Method>
absl::StatusOr<Response> Call(grpc::Channel& channel, Stub& stub, Method method,
                              const Request& request, const std::string& address,
                              absl::Duration timeout, const char* name, const Tracer& trace) {
  grpc::ClientContext context;
  const absl::Time start = absl::Now();
  context.set_deadline(absl::ToChronoTime(start + timeout));
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (trace) {
    trace(absl::StrCat(
        name, " of ", address, ": ",
        status.ok() ? "OK" : absl::StatusCodeToString(wire::FromGrpc(status).code()), ", ",
        absl::FormatDuration(absl::Trunc(absl::Now() - start, absl::Microseconds(10))), ", ",
        request.ByteSizeLong(), " bytes there, ", response.ByteSizeLong(), " back",
        status.ok() ? "" : absl::StrCat(" (", status.error_message(), ")")));
  }
  if (!status.ok()) return FromGrpc(status, channel, address, timeout);
  return response;
}

v1::SweepRequest Named(const std::string& sweep, const std::string& by = "",
                       int64_t if_version = 0) {
  v1::SweepRequest request;
  request.set_sweep(sweep);
  request.set_by(by);
  request.set_if_version(if_version);
  return request;
}

std::string NewRequestId() {
  absl::BitGen random;
  return absl::StrCat(absl::Hex(absl::Uniform<uint64_t>(random), absl::kZeroPad16),
                      absl::Hex(absl::Uniform<uint64_t>(random), absl::kZeroPad16));
}

}  // namespace

CoordinatorClient::CoordinatorClient(std::string address, absl::Duration timeout,
                                     wire::Dialing dialing)
    : address_(std::move(address)),
      timeout_(timeout),
      stubs_(std::make_unique<Stubs>(address_, dialing)) {}
CoordinatorClient::~CoordinatorClient() = default;

#define FF_CALL(service, Service, Method, Response, request, factor)                          \
  Call<v1::Response>(*stubs_->channel, *stubs_->service, &v1::Service::Stub::Method, request, \
                     address_, timeout_ * (factor), #Service "/" #Method, trace_)

absl::StatusOr<v1::SweepPreview> CoordinatorClient::PlanSweep(const v1::PlanSweepRequest& request) {
  return FF_CALL(sweeps, SweepService, PlanSweep, SweepPreview, request, 1);
}
absl::StatusOr<v1::NextPlan> CoordinatorClient::PlanNext(const v1::PlanNextRequest& request) {
  return FF_CALL(sweeps, SweepService, PlanNext, NextPlan, request, 10);
}
absl::StatusOr<v1::CreateSweepResponse> CoordinatorClient::CreateSweep(
    const v1::CreateSweepRequest& asked) {
  v1::CreateSweepRequest request = asked;
  if (request.request_id().empty()) request.set_request_id(NewRequestId());
  const auto call = [&] {
    return FF_CALL(sweeps, SweepService, CreateSweep, CreateSweepResponse, request, 1);
  };
  absl::StatusOr<v1::CreateSweepResponse> response = call();
  if (!absl::IsUnavailable(response.status())) return response;
  absl::SleepFor(kBeforeRepeating);
  return call();
}
absl::StatusOr<v1::ListSweepsResponse> CoordinatorClient::ListSweeps() {
  return FF_CALL(sweeps, SweepService, ListSweeps, ListSweepsResponse, v1::ListSweepsRequest(), 1);
}
absl::StatusOr<v1::Sweep> CoordinatorClient::GetSweep(const std::string& sweep) {
  return FF_CALL(sweeps, SweepService, GetSweep, Sweep, Named(sweep), 1);
}
absl::StatusOr<v1::Sweep> CoordinatorClient::PauseSweep(const std::string& sweep,
                                                        const std::string& by, int64_t if_version) {
  return FF_CALL(sweeps, SweepService, PauseSweep, Sweep, Named(sweep, by, if_version), 1);
}
absl::StatusOr<v1::Sweep> CoordinatorClient::ResumeSweep(const std::string& sweep,
                                                         const std::string& by,
                                                         int64_t if_version) {
  return FF_CALL(sweeps, SweepService, ResumeSweep, Sweep, Named(sweep, by, if_version), 1);
}
absl::StatusOr<v1::Sweep> CoordinatorClient::CancelSweep(const std::string& sweep,
                                                         const std::string& by,
                                                         int64_t if_version) {
  return FF_CALL(sweeps, SweepService, CancelSweep, Sweep, Named(sweep, by, if_version), 1);
}
absl::StatusOr<v1::Sweep> CoordinatorClient::UpdateSweep(const v1::UpdateSweepRequest& request) {
  return FF_CALL(sweeps, SweepService, UpdateSweep, Sweep, request, 1);
}
absl::StatusOr<v1::Deletion> CoordinatorClient::DeleteSweep(const v1::DeleteSweepRequest& request) {
  return FF_CALL(sweeps, SweepService, DeleteSweep, Deletion, request, kSlow);
}
absl::StatusOr<v1::Deletion> CoordinatorClient::DeleteExperiment(
    const v1::DeleteExperimentRequest& request) {
  return FF_CALL(experiments, ExperimentService, DeleteExperiment, Deletion, request, kSlow);
}
absl::StatusOr<v1::ImportSweepResponse> CoordinatorClient::ImportSweep(
    const v1::ImportSweepRequest& request) {
  return FF_CALL(sweeps, SweepService, ImportSweep, ImportSweepResponse, request, 1);
}
absl::StatusOr<v1::ExportSweepResponse> CoordinatorClient::ExportSweep(const std::string& sweep,
                                                                       const std::string& format) {
  v1::ExportSweepRequest request;
  request.set_sweep(sweep);
  request.set_format(format);
  return FF_CALL(sweeps, SweepService, ExportSweep, ExportSweepResponse, request, 1);
}

absl::StatusOr<v1::ListExperimentsResponse> CoordinatorClient::ListExperiments(
    const v1::ListExperimentsRequest& request) {
  return FF_CALL(experiments, ExperimentService, ListExperiments, ListExperimentsResponse, request,
                 1);
}
absl::StatusOr<v1::Experiment> CoordinatorClient::GetExperiment(
    const v1::ExperimentRequest& request) {
  return FF_CALL(experiments, ExperimentService, GetExperiment, Experiment, request, 1);
}
absl::StatusOr<v1::RetryExperimentResponse> CoordinatorClient::RetryExperiment(
    const v1::RetryExperimentRequest& request) {
  return FF_CALL(experiments, ExperimentService, RetryExperiment, RetryExperimentResponse, request,
                 1);
}
absl::StatusOr<v1::GetLogsResponse> CoordinatorClient::GetLogs(const v1::GetLogsRequest& request) {
  return FF_CALL(experiments, ExperimentService, GetLogs, GetLogsResponse, request, 1);
}
absl::StatusOr<v1::ListEventsResponse> CoordinatorClient::ListEvents(
    const v1::ListEventsRequest& request) {
  return FF_CALL(experiments, ExperimentService, ListEvents, ListEventsResponse, request, 1);
}

absl::StatusOr<v1::ListWorkersResponse> CoordinatorClient::ListWorkers() {
  return FF_CALL(workers, WorkerService, ListWorkers, ListWorkersResponse, v1::ListWorkersRequest(),
                 1);
}

absl::StatusOr<v1::Worker> CoordinatorClient::DrainWorker(const v1::DrainWorkerRequest& request) {
  return FF_CALL(workers, WorkerService, DrainWorker, Worker, request, 1);
}
absl::StatusOr<v1::Worker> CoordinatorClient::QuarantineWorker(
    const v1::QuarantineWorkerRequest& request) {
  return FF_CALL(workers, WorkerService, QuarantineWorker, Worker, request, 1);
}

absl::StatusOr<v1::Worker> CoordinatorClient::UncordonWorker(
    const v1::UncordonWorkerRequest& request) {
  return FF_CALL(workers, WorkerService, UncordonWorker, Worker, request, 1);
}

absl::StatusOr<v1::Fit> CoordinatorClient::AnalyzeSweep(const v1::AnalyzeSweepRequest& request) {
  return FF_CALL(analysis, AnalysisService, AnalyzeSweep, Fit, request, kSlow);
}
absl::StatusOr<v1::GetFigureResponse> CoordinatorClient::GetFigure(
    const v1::GetFigureRequest& request) {
  return FF_CALL(analysis, AnalysisService, GetFigure, GetFigureResponse, request, kSlow);
}
absl::StatusOr<v1::Fit> CoordinatorClient::GetFit(const std::string& sweep) {
  v1::GetFitRequest request;
  request.set_sweep(sweep);
  return FF_CALL(analysis, AnalysisService, GetFit, Fit, request, 1);
}
absl::StatusOr<v1::PredictResponse> CoordinatorClient::Predict(const v1::PredictRequest& request) {
  return FF_CALL(analysis, AnalysisService, Predict, PredictResponse, request, 1);
}

absl::StatusOr<v1::Info> CoordinatorClient::GetInfo() {
  return FF_CALL(system, SystemService, GetInfo, Info, v1::GetInfoRequest(), 1);
}

absl::StatusOr<v1::CreateTokenResponse> CoordinatorClient::CreateToken(
    const v1::CreateTokenRequest& request) {
  return FF_CALL(access, AccessService, CreateToken, CreateTokenResponse, request, 1);
}
absl::StatusOr<v1::ListTokensResponse> CoordinatorClient::ListTokens(
    const v1::ListTokensRequest& request) {
  return FF_CALL(access, AccessService, ListTokens, ListTokensResponse, request, 1);
}
absl::StatusOr<v1::Credential> CoordinatorClient::RevokeToken(
    const v1::RevokeTokenRequest& request) {
  return FF_CALL(access, AccessService, RevokeToken, Credential, request, 1);
}
absl::StatusOr<v1::ListAuditResponse> CoordinatorClient::ListAudit(
    const v1::ListAuditRequest& request) {
  return FF_CALL(access, AccessService, ListAudit, ListAuditResponse, request, 1);
}
absl::StatusOr<v1::Identity> CoordinatorClient::WhoAmI() {
  return FF_CALL(access, AccessService, WhoAmI, Identity, v1::WhoAmIRequest(), 1);
}

absl::Status CoordinatorClient::Backup(
    const std::function<absl::Status(const std::string& piece, int64_t total)>& take) {
  grpc::ClientContext context;
  const auto reader = stubs_->backup->Backup(&context, v1::BackupRequest());
  v1::BackupChunk chunk;
  int64_t total = 0;
  while (reader->Read(&chunk)) {
    total = std::max(total, chunk.total_bytes());
    if (absl::Status taken = take(chunk.content(), total); !taken.ok()) {
      context.TryCancel();
      (void)reader->Finish();  // its word is that we cancelled
      return taken;
    }
  }
  const grpc::Status status = reader->Finish();
  return status.ok() ? absl::OkStatus() : FromGrpc(status, *stubs_->channel, address_, timeout_);
}

absl::StatusOr<std::string> CoordinatorClient::SendFile(const std::string& path) {
  const absl::StatusOr<transfer::FileDigest> digest = transfer::DigestOf(path);
  if (!digest.ok()) return digest.status();
  const std::atomic<bool> stop = false;
  const absl::Status sent = transfer::Send(*stubs_->files, path, *digest, stop);
  if (!sent.ok()) return sent;
  return digest->sha256;
}

#undef FF_CALL

}  // namespace ff::client
