#include "server/convert/info.h"

#include "server/convert/time.h"

namespace ff::convert {

v1::Info ToProto(const ServerInfo& server, const coordinator::Statistics& statistics) {
  v1::Info proto;
  proto.set_version(server.version);
  proto.set_pid(server.pid);
  if (IsKnown(server.started_at)) *proto.mutable_started_at() = ToProto(server.started_at);
  proto.set_grpc_address(server.grpc_address);
  proto.set_http_address(server.http_address);
  proto.set_database(server.database);
  proto.set_workers_alive(statistics.workers_alive);
  proto.set_sweeps(statistics.sweeps);
  proto.set_schema_version(statistics.schema_version);
  if (server.provisioning.has_value()) {
    v1::Provisioning& jobs = *proto.mutable_provisioning();
    jobs.set_kind(server.provisioning->kind);
    jobs.set_running(server.provisioning->running);
    jobs.set_pending(server.provisioning->pending);
    jobs.set_wanted(server.provisioning->wanted);
    jobs.set_max(server.provisioning->max);
    jobs.set_message(server.provisioning->message);
    jobs.set_failing(server.provisioning->failing);
  }
  return proto;
}

}  // namespace ff::convert
