// ff.v1.SystemService: what the running coordinator says of itself. Thread-safe.
#pragma once

#include <functional>

#include "ff/v1/analysis.grpc.pb.h"
#include "server/api/door.h"
#include "server/convert/info.h"
#include "server/coordinator/coordinator.h"

namespace ff::api {

class SystemService final : public v1::SystemService::Service {
 public:
  // `door` and `coordinator` outlive the service; `info` may be called from any thread.
  SystemService(const Door* door, coordinator::Coordinator* coordinator,
                std::function<convert::ServerInfo()> info)
      : door_(door), coordinator_(coordinator), info_(std::move(info)) {}

  grpc::Status GetInfo(grpc::ServerContext* context, const v1::GetInfoRequest* request,
                       v1::Info* response) override;

 private:
  const Door* const door_;
  coordinator::Coordinator* const coordinator_;
  const std::function<convert::ServerInfo()> info_;
};

}  // namespace ff::api
