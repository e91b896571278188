#include "server/api/system_service.h"

#include "server/api/reply.h"

namespace ff::api {

grpc::Status SystemService::GetInfo(grpc::ServerContext* context, const v1::GetInfoRequest* request,
                                    v1::Info* response) {
  return door_->Admit(
      context, "SystemService.GetInfo", *request, [&](const access::Caller&) -> grpc::Status {
        return Reply(coordinator_->GetStatistics(), response, [this](const auto& statistics) {
          return convert::ToProto(info_(), statistics);
        });
      });
}

}  // namespace ff::api
