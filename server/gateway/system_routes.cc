#include <functional>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "ff/v1/analysis.pb.h"
#include "ff/v1/worker.pb.h"
#include "server/convert/worker.h"
#include "server/filter/experiment_fields.h"
#include "server/gateway/metrics.h"
#include "server/gateway/query.h"
#include "server/gateway/read_body.h"
#include "server/gateway/reply.h"
#include "server/gateway/routes.h"

namespace ff::gateway {
namespace {

Response Ok() {
  return {200, "text/plain; charset=utf-8", "ok\n", {{"Cache-Control", "no-store"}}};
}

const auto kToProto = [](const auto& answer) { return convert::ToProto(answer); };

// The fields that conditions over experiments can ask for, for who writes one.
Response Fields() {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const filter::Field& field : filter::ExperimentFields()) {
    list.push_back({{"name", field.name},
                    {"type", field.type == filter::Type::kNumber ? "number" : "text"},
                    {"words", field.words},
                    {"meaning", field.meaning}});
  }
  const nlohmann::ordered_json all = {{"experiments", list}};
  return {
      200, "application/json; charset=utf-8", all.dump() + "\n", {{"Cache-Control", "no-store"}}};
}

using WorkerVerb = std::function<absl::StatusOr<Worker>(const std::string& worker, const Request&)>;

// What the query says goes before what the body says.
template <typename Message>
absl::StatusOr<Message> WorkerBody(const Request& request) {
  Message body;
  if (absl::Status read = ReadBody(request, &body); !read.ok()) return read;
  return body;
}

// {"deadline_seconds": 600} or ?deadline_seconds=600; without, everything goes on to its end.
absl::StatusOr<Worker> Drain(coordinator::Coordinator* coordinator, const std::string& worker,
                             const Request& request) {
  auto body = WorkerBody<v1::DrainWorkerRequest>(request);
  if (!body.ok()) return body.status();
  const absl::StatusOr<std::vector<double>> seconds = Numbers(request, "deadline_seconds");
  if (!seconds.ok()) return seconds.status();
  if (!seconds->empty()) body->set_deadline_seconds(seconds->front());
  const bool given = !seconds->empty() || absl::StrContains(request.body, "deadline_seconds");
  if (!given) body->set_deadline_seconds(-1);
  return coordinator->DrainWorker(worker, convert::Patience(*body), request.caller.By(body->by()));
}

absl::StatusOr<Worker> Quarantine(coordinator::Coordinator* coordinator, const std::string& worker,
                                  const Request& request) {
  const auto body = WorkerBody<v1::QuarantineWorkerRequest>(request);
  if (!body.ok()) return body.status();
  return coordinator->QuarantineWorker(worker, body->device(), request.caller.By(body->by()));
}

absl::StatusOr<Worker> Uncordon(coordinator::Coordinator* coordinator, const std::string& worker,
                                const Request& request) {
  auto body = WorkerBody<v1::UncordonWorkerRequest>(request);
  if (!body.ok()) return body.status();
  const std::string device = Word(request, "device");
  return coordinator->UncordonWorker(worker, device.empty() ? body->device() : device,
                                     request.caller.By(body->by()));
}

void AddWorkerVerb(Router* router, const std::string& word, const std::string& rpc,
                   const std::string& summary, const google::protobuf::Descriptor* body,
                   WorkerVerb verb) {
  router->Add("POST", "/api/v1/workers/{worker}:" + word,
              {.rpc = "WorkerService." + rpc,
               .summary = summary,
               .body = body,
               .answer = v1::Worker::descriptor()},
              [verb = std::move(verb)](const Request& request, const PathParams& params) {
                return Reply(verb(params.at("worker"), request), kToProto);
              });
}

}  // namespace

void AddSystemRoutes(const RouteContext& context, Router* router) {
  coordinator::Coordinator* const coordinator = context.coordinator;
  router->Add("GET", "/healthz",
              {.rpc = "", .summary = "The process answers", .media_type = "text/plain"},
              [](const Request&, const PathParams&) { return Ok(); });
  router->Add("GET", "/readyz",
              {.rpc = "", .summary = "The database answers too", .media_type = "text/plain"},
              [=](const Request&, const PathParams&) {
                const auto statistics = coordinator->GetStatistics();
                return statistics.ok() ? Ok() : ErrorReply(503, statistics.status());
              });
  router->Add("GET", "/metrics",
              {.rpc = "",
               .summary = "Figures for Prometheus (docs/operations.md names them)",
               .media_type = "text/plain"},
              [=](const Request&, const PathParams&) {
                const auto metrics = coordinator->GetMetrics();
                return metrics.ok() ? MetricsReply(*metrics) : ErrorReply(metrics.status());
              });
  router->Add("GET", "/api/v1/info",
              {.rpc = "SystemService.GetInfo",
               .summary = "Version, addresses and how much there is",
               .answer = v1::Info::descriptor()},
              [coordinator, info = context.server_info](const Request&, const PathParams&) {
                return Reply(coordinator->GetStatistics(), [&](const auto& statistics) {
                  return convert::ToProto(info(), statistics);
                });
              });
  router->Add("GET", "/api/v1/fields",
              {.rpc = "",
               .summary = "Fields that conditions can ask for",
               .media_type = "application/json"},
              [](const Request&, const PathParams&) { return Fields(); });
  router->Add("GET", "/api/v1/workers",
              {.rpc = "WorkerService.ListWorkers",
               .summary = "Workers and their devices",
               .answer = v1::ListWorkersResponse::descriptor()},
              [=](const Request&, const PathParams&) {
                return Reply(coordinator->ListWorkers(),
                             [](const auto& workers) { return convert::ToProto(workers); });
              });
  const auto bound = [=](auto verb) {
    return [=](const std::string& worker, const Request& request) {
      return verb(coordinator, worker, request);
    };
  };
  AddWorkerVerb(router, "drain", "DrainWorker", "Nothing new; empty it by a deadline",
                v1::DrainWorkerRequest::descriptor(), bound(Drain));
  AddWorkerVerb(router, "quarantine", "QuarantineWorker",
                "Take one device, or the worker, out of use",
                v1::QuarantineWorkerRequest::descriptor(), bound(Quarantine));
  AddWorkerVerb(router, "uncordon", "UncordonWorker", "Use it again",
                v1::UncordonWorkerRequest::descriptor(), bound(Uncordon));
}

}  // namespace ff::gateway
