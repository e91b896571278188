#include "server/api/system_service.h"

#include "server/api/reply.h"

namespace ff::api {

grpc::Status SystemService::GetInfo(grpc::ServerContext*, const v1::GetInfoRequest*,
                                    v1::Info* response) {
  return Reply(coordinator_->GetStatistics(), response,
               [this](const auto& statistics) { return convert::ToProto(info_(), statistics); });
}

}  // namespace ff::api
