// ff.v1.SystemService: what the running coordinator says of itself. Thread-safe.
#pragma once

#include <functional>

#include "ff/v1/analysis.grpc.pb.h"
#include "server/convert/info.h"
#include "server/coordinator/coordinator.h"

namespace ff::api {

class SystemService final : public v1::SystemService::Service {
 public:
  // `coordinator` outlives the service; `info` may be called from any thread.
  SystemService(coordinator::Coordinator* coordinator, std::function<convert::ServerInfo()> info)
      : coordinator_(coordinator), info_(std::move(info)) {}

  grpc::Status GetInfo(grpc::ServerContext*, const v1::GetInfoRequest* request,
                       v1::Info* response) override;

 private:
  coordinator::Coordinator* const coordinator_;
  const std::function<convert::ServerInfo()> info_;
};

}  // namespace ff::api
