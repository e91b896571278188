// ff.v1.AccessService over the coordinator's verbs on access. Thread-safe.
#pragma once

#include "ff/v1/access.grpc.pb.h"
#include "server/api/door.h"

namespace ff::api {

class AccessService final : public v1::AccessService::Service {
 public:
  // `door` outlives the service.
  explicit AccessService(const Door* door) : door_(door) {}

  grpc::Status CreateToken(grpc::ServerContext* context, const v1::CreateTokenRequest* request,
                           v1::CreateTokenResponse* response) override;
  grpc::Status ListTokens(grpc::ServerContext* context, const v1::ListTokensRequest* request,
                          v1::ListTokensResponse* response) override;
  grpc::Status RevokeToken(grpc::ServerContext* context, const v1::RevokeTokenRequest* request,
                           v1::Credential* response) override;
  grpc::Status ListAudit(grpc::ServerContext* context, const v1::ListAuditRequest* request,
                         v1::ListAuditResponse* response) override;
  grpc::Status WhoAmI(grpc::ServerContext* context, const v1::WhoAmIRequest* request,
                      v1::Identity* response) override;

 private:
  const Door* const door_;
};

}  // namespace ff::api
