#include "server/gateway/gateway.h"

#include "absl/strings/match.h"
#include "server/gateway/guard.h"
#include "server/gateway/openapi.h"

namespace ff::gateway {

Gateway::Gateway(Options options)
    : own_names_(std::move(options.own_names)),
      files_(std::move(options.web_root)),
      door_(options.context.access, options.http.tls != nullptr),
      server_({[this](const Request& request) { return CheckHead(request, own_names_, kMaxBody); },
               [this](const Request& request) { return Handle(request); }},
              options.http) {
  router_.SetGate(
      [this](const DocumentedRoute& route, const Request& request, const PathParams& params,
             const Handler& handler) { return door_.Admit(route, request, params, handler); });
  door_.AddRoutes(&router_);
  AddAccessRoutes(options.context, &router_);
  AddSweepRoutes(options.context, &router_);
  AddExperimentRoutes(options.context, &router_);
  AddAnalysisRoutes(options.context, &router_);
  AddSystemRoutes(options.context, &router_);
  // Last: it describes itself too, and all before it.
  const std::string version =
      options.context.server_info ? options.context.server_info().version : "";
  router_.Add(
      "GET", "/api/v1/openapi.json",
      {.rpc = "", .summary = "This description", .media_type = "application/json"},
      [this, version](const Request&, const PathParams&) {
        return Response{
            200, "application/json; charset=utf-8", OpenApi(router_.documented(), version), {}};
      });
}

absl::StatusOr<int> Gateway::Start(const std::string& host, int port) {
  return server_.Start(host, port);
}

void Gateway::Stop() { server_.Stop(); }

Response Gateway::Handle(const Request& request) const {
  if (request.method == "POST") {
    if (std::optional<Response> refusal = CheckPost(request)) return *std::move(refusal);
    return router_.Dispatch(request);
  }
  const bool is_file = !absl::StartsWith(request.path, "/api/") && request.path != "/healthz" &&
                       request.path != "/readyz" && request.path != "/metrics";
  return is_file ? files_.Serve(request) : router_.Dispatch(request);
}

}  // namespace ff::gateway
