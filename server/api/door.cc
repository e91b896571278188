#include "server/api/door.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "conf/load/logging.h"
#include "proto/wire/status.h"
#include "server/convert/subject.h"

namespace ff::api {
namespace {

std::string Metadata(const grpc::ServerContext& context, const char* key) {
  const auto& all = context.client_metadata();
  const auto found = all.find(key);
  return found == all.end() ? "" : std::string(found->second.data(), found->second.size());
}

// "ipv4:10.0.0.7:51234" -> "10.0.0.7"; "ipv6:%5B::1%5D:5" -> "%5B::1%5D"; "unix:" stays.
std::string PeerAddress(const std::string& peer) {
  const size_t first = peer.find(':');
  if (first == std::string::npos || absl::StartsWith(peer, "unix")) return peer;
  return peer.substr(first + 1, peer.rfind(':') - first - 1);
}

std::string CertificateName(const grpc::ServerContext& context) {
  const auto auth = context.auth_context();
  if (auth == nullptr || !auth->IsPeerAuthenticated()) return "";
  const auto names = auth->FindPropertyValues(GRPC_X509_CN_PROPERTY_NAME);
  return names.size() == 1 ? std::string(names[0].data(), names[0].size()) : "";
}

access::Presented PresentedBy(const grpc::ServerContext& context) {
  access::Presented presented;
  const std::string authorization = Metadata(context, "authorization");
  absl::string_view token = authorization;
  if (absl::ConsumePrefix(&token, "Bearer ")) presented.token = std::string(token);
  presented.certificate_name = CertificateName(context);
  presented.door = "grpc";
  presented.peer = PeerAddress(context.peer());
  presented.trace_id = access::TraceIdOf(Metadata(context, "traceparent"));
  return presented;
}

}  // namespace

absl::StatusOr<Door::Visit> Door::Enter(const grpc::ServerContext& context, const char* rpc,
                                        const google::protobuf::Message& request) const {
  const access::Rule* const rule = access::FindRule(rpc);
  absl::StatusOr<access::Caller> caller = access_->Admit(PresentedBy(context), rule);
  if (!caller.ok()) return caller.status();
  Visit visit{*std::move(caller), 0};
  if (rule->change) {
    absl::StatusOr<int64_t> seq =
        access_->BeginChange(visit.caller, rpc, convert::SubjectOf(request));
    if (!seq.ok()) return seq.status();
    visit.change = *seq;
  }
  return visit;
}

grpc::Status Door::Refuse(grpc::ServerContext* context, const char* rpc,
                          const absl::Status& status) const {
  if (const auto seconds = status.GetPayload(coordinator::kRetryAfter); seconds.has_value()) {
    context->AddTrailingMetadata(coordinator::kRetryAfter, std::string(*seconds));
  } else {
    conf::LogInfo(rpc, " from ", PeerAddress(context->peer()), " refused: ", status.message());
  }
  return wire::ToGrpc(status);
}

void Door::Leave(const Visit& visit, const char* rpc, const grpc::Status& status) const {
  if (visit.change == 0) return;
  const absl::Status outcome = wire::FromGrpc(status);
  access_->EndChange(visit.change, outcome);
  const conf::LogTrace trace(visit.caller.trace_id);
  conf::LogInfo(rpc, " by ", visit.caller.name, " from ", visit.caller.peer, ": ",
                outcome.ok() ? "OK" : std::string(outcome.message()));
}

}  // namespace ff::api
