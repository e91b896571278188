#include "server/api/access_service.h"

#include "server/access/role.h"
#include "server/api/reply.h"
#include "server/convert/access.h"

namespace ff::api {
namespace {

const auto kToProto = [](const auto& answer) { return convert::ToProto(answer); };

}  // namespace

grpc::Status AccessService::CreateToken(grpc::ServerContext* context,
                                        const v1::CreateTokenRequest* request,
                                        v1::CreateTokenResponse* response) {
  return door_->Admit(
      context, "AccessService.CreateToken", *request, [&](const access::Caller& caller) {
        const absl::StatusOr<Role> role = access::ParseRole(request->role());
        if (!role.ok()) return wire::ToGrpc(role.status());
        return Reply(door_->access().CreateToken(request->name(), *role,
                                                 convert::Lifetime(*request), caller),
                     response, kToProto);
      });
}

grpc::Status AccessService::ListTokens(grpc::ServerContext* context,
                                       const v1::ListTokensRequest* request,
                                       v1::ListTokensResponse* response) {
  return door_->Admit(context, "AccessService.ListTokens", *request, [&](const access::Caller&) {
    return Reply(door_->access().ListTokens(request->all()), response, kToProto);
  });
}

grpc::Status AccessService::RevokeToken(grpc::ServerContext* context,
                                        const v1::RevokeTokenRequest* request,
                                        v1::Credential* response) {
  return door_->Admit(context, "AccessService.RevokeToken", *request, [&](const access::Caller&) {
    return Reply(door_->access().RevokeToken(request->token()), response, kToProto);
  });
}

grpc::Status AccessService::ListAudit(grpc::ServerContext* context,
                                      const v1::ListAuditRequest* request,
                                      v1::ListAuditResponse* response) {
  return door_->Admit(context, "AccessService.ListAudit", *request, [&](const access::Caller&) {
    return Reply(door_->access().ListAudit(convert::FromProto(*request)), response, kToProto);
  });
}

grpc::Status AccessService::WhoAmI(grpc::ServerContext* context, const v1::WhoAmIRequest* request,
                                   v1::Identity* response) {
  return door_->Admit(context, "AccessService.WhoAmI", *request, [&](const access::Caller& caller) {
    return Send(convert::ToProto(caller), response);
  });
}

}  // namespace ff::api
