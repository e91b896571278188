#include "server/daemon/grpc_server.h"

#include <sys/stat.h>

#include <chrono>

#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/server_builder.h"
#include "server/daemon/unix_socket.h"

namespace ff::daemon {
namespace {

constexpr int kMaxMessage = 64 << 20;
constexpr std::chrono::seconds kStopPatience(10);
// A call waits on its thread for the writer's commit, then many end at once: with gRPC's default of
// two spare threads each commit would end a crowd of threads, and the next calls start them anew.
constexpr int kMostPollers = 64;
constexpr size_t kMostMemory = size_t{1} << 30;
// Calls under way of one connection; further ones wait.
constexpr int kMostStreams = 1024;

// A worker shows a certificate, people show tokens: one is asked for, and checked where it is
// shown.
std::shared_ptr<grpc::ServerCredentials> Credentials(const GrpcOptions& options, bool local) {
  if (options.certificate.empty() || local) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions tls(options.client_ca.empty()
                                            ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                            : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.pem_key_cert_pairs.push_back({options.key, options.certificate});
  tls.pem_root_certs = options.client_ca;
  return grpc::SslServerCredentials(tls);
}

void SetLimits(const GrpcOptions& options, grpc::ServerBuilder* builder) {
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                              static_cast<int>(absl::ToInt64Milliseconds(options.handshake_time)));
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMostStreams);
  // Without this a second server shares the port and takes half of the calls.
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder->SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::MAX_POLLERS, kMostPollers);
  builder->SetMaxReceiveMessageSize(kMaxMessage);
  // The bound above is of what travels: a compressed message could become a thousand times as much.
  builder->SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder->SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder->SetMaxSendMessageSize(kMaxMessage);
  // A message is measured once it is there: what arrives of all together is bounded here.
  grpc::ResourceQuota quota("coordinator");
  quota.Resize(kMostMemory);
  builder->SetResourceQuota(quota);
  // A peer whose machine vanished is noticed within 30 + 10 s; peers may ask us as often as
  // every 5 s, with or without a call under way.
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
}

}  // namespace

GrpcServer::GrpcServer(coordinator::Coordinator* coordinator, coordinator::AccessControl* access,
                       files::FileStore* files, v1::AnalyzerConfig analyzer_defaults,
                       convert::SpecReader read_spec, std::function<convert::ServerInfo()> info,
                       GrpcOptions options)
    : options_(std::move(options)),
      door_(access),
      access_(&door_),
      sweeps_(&door_, coordinator, std::move(read_spec)),
      experiments_(&door_, coordinator),
      workers_(&door_, coordinator),
      analysis_(&door_, coordinator, std::move(analyzer_defaults)),
      system_(&door_, coordinator, std::move(info)),
      files_(&door_, files),
      backup_(&door_, coordinator, files) {}

GrpcServer::~GrpcServer() { Stop(); }

absl::StatusOr<ListenAddress> GrpcServer::Start(const ListenAddress& address) {
  if (!address.is_unix()) return Listen(address);
  if (absl::Status status = PrepareSocketPath(address.unix_path); !status.ok()) return status;
  // The socket is born private; MakePrivate then drops the execute bits, which mean nothing.
  const mode_t before = umask(0077);
  absl::StatusOr<ListenAddress> result = Listen(address);
  umask(before);
  if (!result.ok()) return result;
  if (absl::Status status = MakePrivate(address.unix_path); !status.ok()) return status;
  return result;
}

absl::StatusOr<ListenAddress> GrpcServer::Listen(const ListenAddress& address) {
  grpc::EnableDefaultHealthCheckService(true);
  // Both answer everybody: whether it lives, and the schema, which is no secret.
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  SetLimits(options_, &builder);
  int port = 0;
  builder.AddListeningPort(address.Text(), Credentials(options_, address.is_unix()), &port);
  builder.RegisterService(&access_);
  builder.RegisterService(&sweeps_);
  builder.RegisterService(&experiments_);
  builder.RegisterService(&workers_);
  builder.RegisterService(&analysis_);
  builder.RegisterService(&system_);
  builder.RegisterService(&files_);
  builder.RegisterService(&backup_);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port == 0) {
    if (!address.is_unix()) return WhyNot("listen.grpc", address);
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", address.Text(),
                     " (listen.grpc): is its folder there and writable? Choose another path with "
                     "listen.grpc=unix:PATH"));
  }
  ListenAddress taken = address;
  if (!address.is_unix()) taken.port = port;
  return taken;
}

void GrpcServer::Stop() {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now() + kStopPatience);
  server_->Wait();
  server_.reset();
}

}  // namespace ff::daemon
