// The HTTP API: which path calls which verb of the coordinator. Each route reads its
// parameters, calls one method and writes the answer; the table stands in the .cc files,
// one for each kind of thing. Everything is protobuf JSON of the messages in ff/v1 (see
// server/convert/json.h), but an export is the file itself.
#pragma once

#include <functional>

#include "ff/v1/config.pb.h"
#include "server/convert/info.h"
#include "server/convert/spec_reader.h"
#include "server/coordinator/access_control.h"
#include "server/coordinator/coordinator.h"
#include "server/gateway/router.h"

namespace ff::gateway {

// What the routes need; coordinator and access outlive them.
struct RouteContext {
  coordinator::Coordinator* coordinator = nullptr;
  // Fills the keys that the body of :analyze leaves out.
  v1::AnalyzerConfig analyzer_defaults;
  convert::SpecReader read_spec;
  std::function<convert::ServerInfo()> server_info;
  coordinator::AccessControl* access = nullptr;
};

void AddSweepRoutes(const RouteContext& context, Router* router);
void AddExperimentRoutes(const RouteContext& context, Router* router);
void AddAnalysisRoutes(const RouteContext& context, Router* router);
// /api/v1/tokens, /api/v1/audit
void AddAccessRoutes(const RouteContext& context, Router* router);
// /api/v1/info, /api/v1/workers, /api/v1/fields, /healthz (the process answers), /readyz (the
// database too).
void AddSystemRoutes(const RouteContext& context, Router* router);

}  // namespace ff::gateway
