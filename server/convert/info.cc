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
  return proto;
}

}  // namespace ff::convert
