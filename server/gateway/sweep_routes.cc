#include <algorithm>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "ff/v1/sweep.pb.h"
#include "server/convert/json.h"
#include "server/convert/sweep.h"
#include "server/convert/sweep_spec.h"
#include "server/gateway/page_doc.h"
#include "server/gateway/query.h"
#include "server/gateway/read_body.h"
#include "server/gateway/reply.h"
#include "server/gateway/routes.h"

namespace ff::gateway {
namespace {

using coordinator::Coordinator;

const auto kToProto = [](const auto& answer) { return convert::ToProto(answer); };

// POST {sweep}:pause and its like take {"by": "...", "if_version": "3"} or nothing, and answer with
// the sweep.
using SweepVerb = absl::StatusOr<Sweep> (Coordinator::*)(const std::string&, const std::string&,
                                                         int64_t);
Handler Steer(Coordinator* coordinator, SweepVerb verb) {
  return [=](const Request& request, const PathParams& params) {
    v1::SweepRequest body;
    if (absl::Status read = ReadBody(request, &body); !read.ok()) return ErrorReply(read);
    return Reply(
        (coordinator->*verb)(params.at("sweep"), request.caller.By(body.by()), body.if_version()),
        kToProto);
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
  return Reply(coordinator->CreateSweep(body.name(), *spec, body.must_be_new(), body.no_cache(),
                                        body.request_id(), request.caller.trace_id),
               kToProto);
}

Response UpdateSweep(Coordinator* coordinator, const Request& request, const PathParams& params) {
  v1::UpdateSweepRequest body;
  if (absl::Status read = ReadBody(request, &body); !read.ok()) return ErrorReply(read);
  return Reply(coordinator->UpdateSweep(params.at("sweep"), convert::FromProto(body),
                                        request.caller.By(body.by()), body.if_version()),
               kToProto);
}

Response DeleteSweep(Coordinator* coordinator, const Request& request, const PathParams& params) {
  v1::DeleteSweepRequest body;
  if (absl::Status read = ReadBody(request, &body); !read.ok()) return ErrorReply(read);
  return Reply(coordinator->DeleteSweep(params.at("sweep"), {request.caller.By(body.by()),
                                                             body.if_version(), body.dry_run()}),
               kToProto);
}

Response ListSweeps(Coordinator* coordinator, const Request& request) {
  const absl::StatusOr<int> limit = SmallCount(request, "limit");
  if (!limit.ok()) return ErrorReply(limit.status());
  const absl::StatusOr<int> offset = SmallCount(request, "offset");
  if (!offset.ok()) return ErrorReply(offset.status());
  return Reply(coordinator->ListSweeps(*limit, *offset), kToProto);
}

Response ImportSweep(Coordinator* coordinator, const Request& request) {
  v1::ImportSweepRequest body;
  if (absl::Status read = ReadBody(request, &body); !read.ok()) return ErrorReply(read);
  return Reply(coordinator->ImportSweep(body.name(), body.sweep_json(), body.results_json()),
               kToProto);
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
  const auto* const sweep = v1::Sweep::descriptor();
  router->Add(
      "GET", "/api/v1/sweeps",
      {.rpc = "SweepService.ListSweeps",
       .summary = "Sweeps, newest first, with their progress",
       .query = kPage,
       .answer = v1::ListSweepsResponse::descriptor()},
      [=](const Request& request, const PathParams&) { return ListSweeps(coordinator, request); });
  router->Add(
      "POST", "/api/v1/sweeps",
      {.rpc = "SweepService.CreateSweep",
       .summary = "Create a sweep, or take up the one of the same content",
       .body = v1::CreateSweepRequest::descriptor(),
       .answer = v1::CreateSweepResponse::descriptor()},
      [=](const Request& request, const PathParams&) { return CreateSweep(coordinator, request); });
  router->Add(
      "POST", "/api/v1/sweeps:import",
      {.rpc = "SweepService.ImportSweep",
       .summary = "Take in results that were trained elsewhere",
       .body = v1::ImportSweepRequest::descriptor(),
       .answer = v1::ImportSweepResponse::descriptor()},
      [=](const Request& request, const PathParams&) { return ImportSweep(coordinator, request); });
  router->Add("POST", "/api/v1/spec",
              {.rpc = "SweepService.ReadSpec",
               .summary = "A sweep's spec from YAML, and YAML from a sweep",
               .body = v1::ReadSpecRequest::descriptor(),
               .answer = v1::ReadSpecResponse::descriptor()},
              [read = context.read_spec](const Request& request, const PathParams&) {
                v1::ReadSpecRequest body;
                if (absl::Status status = ReadBody(request, &body); !status.ok()) {
                  return ErrorReply(status);
                }
                return JsonReply(read(body));
              });
  router->Add(
      "POST", "/api/v1/plan",
      {.rpc = "SweepService.PlanSweep",
       .summary = "What a sweep would train, what it leaves out and what it costs",
       .body = v1::PlanSweepRequest::descriptor(),
       .answer = v1::SweepPreview::descriptor()},
      [=](const Request& request, const PathParams&) { return PlanSweep(coordinator, request); });
  router->Add("GET", "/api/v1/sweeps/{sweep}/next",
              {.rpc = "SweepService.PlanNext",
               .summary = "The experiments that would tell most about the law",
               .query = {{"flops", "number", "compute that the law is wanted at"},
                         {"count", "integer", "how many; 4 by default"},
                         {"goal", "string", "loss, size or exponent"},
                         {"max_flops", "number", "no experiment costs more"},
                         {"cost_power", "number", "gain is divided by FLOP to this power"}},
               .answer = v1::NextPlan::descriptor()},
              [=](const Request& request, const PathParams& params) {
                return PlanNext(coordinator, request, params);
              });
  router->Add("GET", "/api/v1/sweeps/{sweep}",
              {.rpc = "SweepService.GetSweep",
               .summary = "One sweep: id, unique prefix of one, name, or @latest",
               .answer = sweep},
              [=](const Request&, const PathParams& params) {
                return Reply(coordinator->GetSweep(params.at("sweep")), kToProto);
              });
  const std::tuple<const char*, const char*, const char*, SweepVerb> verbs[] = {
      {"pause", "PauseSweep", "Start nothing more of it", &Coordinator::PauseSweep},
      {"resume", "ResumeSweep", "Go on with it", &Coordinator::ResumeSweep},
      {"cancel", "CancelSweep", "End it for good; results stay", &Coordinator::CancelSweep}};
  for (const auto& [word, rpc, summary, verb] : verbs) {
    router->Add("POST", absl::StrCat("/api/v1/sweeps/{sweep}:", word),
                {.rpc = absl::StrCat("SweepService.", rpc),
                 .summary = summary,
                 .body = v1::SweepRequest::descriptor(),
                 .answer = sweep},
                Steer(coordinator, verb));
  }
  router->Add("POST", "/api/v1/sweeps/{sweep}:update",
              {.rpc = "SweepService.UpdateSweep",
               .summary = "Priority, weight and bound of a sweep",
               .body = v1::UpdateSweepRequest::descriptor(),
               .answer = sweep},
              [=](const Request& request, const PathParams& params) {
                return UpdateSweep(coordinator, request, params);
              });
  router->Add(
      "POST", "/api/v1/sweeps/{sweep}:delete",
      {.rpc = "SweepService.DeleteSweep",
       .summary = "Delete it with all that belongs to it; not while it is active or trained",
       .body = v1::DeleteSweepRequest::descriptor(),
       .answer = v1::Deletion::descriptor()},
      [=](const Request& request, const PathParams& params) {
        return DeleteSweep(coordinator, request, params);
      });
  router->Add("GET", "/api/v1/sweeps/{sweep}/export",
              {.rpc = "SweepService.ExportSweep",
               .summary = "A file of the sweep",
               .query = {{"format", "string", "csv, sweep_json, results_json, scaling_laws_json"}},
               .media_type = "application/octet-stream"},
              [=](const Request& request, const PathParams& params) {
                return ExportSweep(coordinator, request, params);
              });
}

}  // namespace ff::gateway
