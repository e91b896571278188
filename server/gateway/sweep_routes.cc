#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "ff/v1/sweep.pb.h"
#include "server/convert/json.h"
#include "server/convert/sweep.h"
#include "server/convert/sweep_spec.h"
#include "server/gateway/query.h"
#include "server/gateway/reply.h"
#include "server/gateway/routes.h"

namespace ff::gateway {
namespace {

using coordinator::Coordinator;

const auto kToProto = [](const auto& answer) { return convert::ToProto(answer); };

// GET a sweep, and POST {sweep}:pause and its like, all answer with the sweep.
using SweepVerb = absl::StatusOr<Sweep> (Coordinator::*)(const std::string&);
Handler OnSweep(Coordinator* coordinator, SweepVerb verb) {
  return [=](const Request&, const PathParams& params) {
    return Reply((coordinator->*verb)(params.at("sweep")), kToProto);
  };
}

Response PlanSweep(Coordinator* coordinator, const Request& request) {
  v1::PlanSweepRequest body;
  if (auto status = convert::MergeJson(request.body, &body); !status.ok()) {
    return ErrorReply(status);
  }
  const absl::StatusOr<SweepSpec> spec = convert::FromProto(body.spec());
  if (!spec.ok()) return ErrorReply(spec.status());
  return Reply(coordinator->PlanSweep(*spec), kToProto);
}

Response CreateSweep(Coordinator* coordinator, const Request& request) {
  v1::CreateSweepRequest body;
  if (auto status = convert::MergeJson(request.body, &body); !status.ok()) {
    return ErrorReply(status);
  }
  const absl::StatusOr<SweepSpec> spec = convert::FromProto(body.spec());
  if (!spec.ok()) return ErrorReply(spec.status());
  return Reply(coordinator->CreateSweep(body.name(), *spec, body.must_be_new(), body.no_cache()),
               kToProto);
}

Response UpdateSweep(Coordinator* coordinator, const Request& request, const PathParams& params) {
  v1::UpdateSweepRequest body;
  if (!request.body.empty()) {
    if (auto status = convert::MergeJson(request.body, &body); !status.ok()) {
      return ErrorReply(status);
    }
  }
  return Reply(coordinator->UpdateSweep(params.at("sweep"), convert::FromProto(body)), kToProto);
}

// ?flops=1e18&count=4&goal=size&max_flops=1e17&cost_power=0.5
Response PlanNext(Coordinator* coordinator, const Request& request, const PathParams& params) {
  v1::PlanNextRequest query;
  for (const char* name : {"flops", "count", "max_flops", "cost_power"}) {
    const absl::StatusOr<std::vector<double>> values = Numbers(request, name);
    if (!values.ok()) return ErrorReply(values.status());
    if (values->empty()) continue;
    const std::string word = name;
    if (word == "flops") query.set_target_flops(values->front());
    if (word == "count") query.set_count(static_cast<int>(std::min(values->front(), 1000.0)));
    if (word == "max_flops") query.set_max_flops(values->front());
    if (word == "cost_power") query.set_cost_power(values->front());
  }
  query.set_goal(Word(request, "goal"));
  const absl::StatusOr<Sweep> sweep = coordinator->GetSweep(params.at("sweep"));
  if (!sweep.ok()) return ErrorReply(sweep.status());
  const absl::StatusOr<v1::SweepSpec> kept = convert::SpecOf(*sweep);
  if (!kept.ok()) return ErrorReply(kept.status());
  const absl::StatusOr<SweepSpec> spec = convert::FromProto(*kept);
  if (!spec.ok()) return ErrorReply(spec.status());
  return Reply(coordinator->PlanNext(sweep->id, *spec, convert::FromProto(query)),
               [&](const auto& next) { return convert::ToProto(next, *kept); });
}

// Names may hold anything, a header may not.
std::string SafeFileName(const std::string& sweep) {
  std::string safe;
  for (char c : sweep) safe += absl::ascii_isalnum(c) || c == '-' || c == '_' ? c : '_';
  return safe;
}

std::string Extension(const std::string& format) { return format == "csv" ? ".csv" : ".json"; }

Response ExportSweep(Coordinator* coordinator, const Request& request, const PathParams& params) {
  const std::string format = Word(request, "format");
  absl::StatusOr<coordinator::Export> file = coordinator->ExportSweep(params.at("sweep"), format);
  if (!file.ok()) return ErrorReply(file.status());
  const std::string name =
      absl::StrCat(SafeFileName(params.at("sweep")), "-", SafeFileName(format), Extension(format));
  return {200,
          file->media_type,
          std::move(file->content),
          {{"Content-Disposition", absl::StrCat("attachment; filename=\"", name, "\"")},
           {"Cache-Control", "no-store"}}};
}

}  // namespace

void AddSweepRoutes(const RouteContext& context, Router* router) {
  Coordinator* const coordinator = context.coordinator;
  router->Add("GET", "/api/v1/sweeps", [=](const Request&, const PathParams&) {
    return Reply(coordinator->ListSweeps(), kToProto);
  });
  router->Add("POST", "/api/v1/sweeps", [=](const Request& request, const PathParams&) {
    return CreateSweep(coordinator, request);
  });
  router->Add("POST", "/api/v1/plan", [=](const Request& request, const PathParams&) {
    return PlanSweep(coordinator, request);
  });
  router->Add("GET", "/api/v1/sweeps/{sweep}/next",
              [=](const Request& request, const PathParams& params) {
                return PlanNext(coordinator, request, params);
              });
  router->Add("GET", "/api/v1/sweeps/{sweep}", OnSweep(coordinator, &Coordinator::GetSweep));
  router->Add("POST", "/api/v1/sweeps/{sweep}:pause",
              OnSweep(coordinator, &Coordinator::PauseSweep));
  router->Add("POST", "/api/v1/sweeps/{sweep}:resume",
              OnSweep(coordinator, &Coordinator::ResumeSweep));
  router->Add("POST", "/api/v1/sweeps/{sweep}:cancel",
              OnSweep(coordinator, &Coordinator::CancelSweep));
  router->Add("POST", "/api/v1/sweeps/{sweep}:update",
              [=](const Request& request, const PathParams& params) {
                return UpdateSweep(coordinator, request, params);
              });
  router->Add("GET", "/api/v1/sweeps/{sweep}/export",
              [=](const Request& request, const PathParams& params) {
                return ExportSweep(coordinator, request, params);
              });
}

}  // namespace ff::gateway
