#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "ff/v1/sweep.pb.h"
#include "server/convert/experiment.h"
#include "server/convert/sweep.h"
#include "server/gateway/query.h"
#include "server/gateway/read_body.h"
#include "server/gateway/reply.h"
#include "server/gateway/routes.h"

namespace ff::gateway {
namespace {

using coordinator::Coordinator;

const auto kToProto = [](const auto& answer) { return convert::ToProto(answer); };

// Several integers of a query at once; the first that is none is the error.
class Integers {
 public:
  explicit Integers(const Request& request) : request_(request) {}
  int64_t Of(const char* name) {
    const absl::StatusOr<int64_t> value = Count(request_, name);
    if (!value.ok()) status_.Update(value.status());
    return value.value_or(0);
  }
  int Small(const char* name) {
    const absl::StatusOr<int> value = SmallCount(request_, name);
    if (!value.ok()) status_.Update(value.status());
    return value.value_or(0);
  }
  const absl::Status& status() const { return status_; }

 private:
  const Request& request_;
  absl::Status status_;
};

bool IsTrue(const Request& request, const char* name) {
  const std::string word = Word(request, name);
  return word == "1" || word == "true";
}

// ?state=running,failed&filter=loss<3&sort=-loss&limit=50&offset=100&brief=1
Response List(Coordinator* coordinator, const Request& request, const PathParams& params) {
  coordinator::ExperimentQuery query;
  for (const std::string& word : Words(request, "state")) {
    const absl::StatusOr<ExperimentState> state = convert::ParseExperimentState(word);
    if (!state.ok()) return ErrorReply(state.status());
    query.states.push_back(*state);
  }
  Integers integers(request);
  query.limit = integers.Small("limit");
  query.offset = integers.Small("offset");
  if (!integers.status().ok()) return ErrorReply(integers.status());
  query.filter = Word(request, "filter");
  query.sort = Word(request, "sort");
  const bool brief = IsTrue(request, "brief");
  return Reply(coordinator->ListExperiments(params.at("sweep"), query),
               [=](const auto& page) { return convert::ToProto(page, brief); });
}

Response Curves(Coordinator* coordinator, const Request& request, const PathParams& params) {
  coordinator::CurveRequest curves;
  Integers integers(request);
  curves.which.limit = integers.Small("limit");
  curves.which.offset = integers.Small("offset");
  curves.points = integers.Small("points");
  curves.from_step = integers.Of("from_step");
  curves.to_step = integers.Of("to_step");
  curves.after_seq = integers.Of("after_seq");
  if (!integers.status().ok()) return ErrorReply(integers.status());
  curves.experiments = Words(request, "experiments");
  curves.which.filter = Word(request, "filter");
  curves.which.sort = Word(request, "sort");
  curves.x_axis = Word(request, "x");
  curves.kind = Word(request, "kind");
  return Reply(coordinator->ListCurves(params.at("sweep"), curves), kToProto);
}

Response Attempts(Coordinator* coordinator, const Request& request, const PathParams& params) {
  Integers integers(request);
  const int64_t after = integers.Of("after_id");
  const int limit = integers.Small("limit");
  if (!integers.status().ok()) return ErrorReply(integers.status());
  return Reply(coordinator->ListAttempts(params.at("sweep"), after, limit), kToProto);
}

Response Measurements(Coordinator* coordinator, const Request& request, const PathParams& params) {
  Integers integers(request);
  const int64_t after = integers.Of("after_seq");
  const int max_points = integers.Small("max_points");
  if (!integers.status().ok()) return ErrorReply(integers.status());
  return Reply(
      coordinator->ListMeasurements(params.at("sweep"), params.at("experiment"), after, max_points),
      kToProto);
}

// RFC 3339; absent: the beginning.
absl::StatusOr<absl::Time> Since(const Request& request) {
  absl::Time time = absl::InfinitePast();
  std::string error;
  const std::string since = Word(request, "since");
  if (since.empty() || absl::ParseTime(absl::RFC3339_full, since, &time, &error)) return time;
  return absl::InvalidArgumentError(absl::StrCat("since=", since, ": ", error));
}

Response SystemSamples(Coordinator* coordinator, const Request& request, const PathParams& params) {
  const absl::StatusOr<absl::Time> since = Since(request);
  if (!since.ok()) return ErrorReply(since.status());
  return Reply(coordinator->ListSystemSamples(params.at("sweep"), params.at("experiment"), *since),
               kToProto);
}

Response Delete(Coordinator* coordinator, const Request& request, const PathParams& params) {
  v1::DeleteExperimentRequest body;
  if (absl::Status read = ReadBody(request, &body); !read.ok()) return ErrorReply(read);
  return Reply(coordinator->DeleteExperiment(
                   params.at("sweep"), params.at("experiment"),
                   {request.caller.By(body.by()), body.if_version(), body.dry_run()}),
               kToProto);
}

Response Logs(Coordinator* coordinator, const Request& request, const PathParams& params) {
  Integers integers(request);
  coordinator::LogQuery query{integers.Of("attempt"), integers.Of("from_byte")};
  if (!integers.status().ok()) return ErrorReply(integers.status());
  const absl::StatusOr<absl::Time> since = Since(request);
  if (!since.ok()) return ErrorReply(since.status());
  query.since = *since;
  return Reply(coordinator->GetLogs(params.at("sweep"), params.at("experiment"), query), kToProto);
}

Response Events(Coordinator* coordinator, const Request& request, const PathParams& params) {
  Integers integers(request);
  const coordinator::EventQuery query{integers.Of("after_seq"), integers.Small("limit"),
                                      IsTrue(request, "newest_first"),
                                      IsTrue(request, "sweep_only")};
  if (!integers.status().ok()) return ErrorReply(integers.status());
  return Reply(coordinator->ListEvents(params.at("sweep"), Word(request, "experiment"), query),
               kToProto);
}

// Without an experiment: every failed one of the sweep.
Response Retry(Coordinator* coordinator, const Request& request, const PathParams& params) {
  v1::RetryExperimentRequest body;
  if (absl::Status read = ReadBody(request, &body); !read.ok()) return ErrorReply(read);
  const auto named = params.find("experiment");
  return Reply(
      coordinator->RetryExperiment(params.at("sweep"), named == params.end() ? "" : named->second,
                                   request.caller.By(body.by()), body.if_version()),
      kToProto);
}

const std::vector<QueryDoc>& FilterDoc() {
  static const auto* const kDoc = new std::vector<QueryDoc>{
      {"filter", "string", "a condition, such as: loss < 3.2 and state = failed"},
      {"sort", "string", "a field of such conditions; -field: highest first"},
      {"limit", "integer", "at most so many"},
      {"offset", "integer", "after so many"}};
  return *kDoc;
}

std::vector<QueryDoc> With(std::vector<QueryDoc> query, const std::vector<QueryDoc>& more) {
  query.insert(query.end(), more.begin(), more.end());
  return query;
}

}  // namespace

void AddExperimentRoutes(const RouteContext& context, Router* router) {
  Coordinator* const coordinator = context.coordinator;
  const auto add = [&](const char* method, const std::string& path, RouteDoc doc, auto handler) {
    doc.rpc = "ExperimentService." + doc.rpc;
    router->Add(method, "/api/v1/sweeps/{sweep}" + path, std::move(doc),
                [=](const Request& request, const PathParams& params) {
                  return handler(coordinator, request, params);
                });
  };
  add("GET", "/experiments",
      {.rpc = "ListExperiments",
       .summary = "Experiments that meet a condition, sorted, a page of them",
       .query = With(FilterDoc(), {{"state", "string", "states, separated by commas"},
                                   {"brief", "boolean", "of the plan only what tables show"}}),
       .answer = v1::ListExperimentsResponse::descriptor()},
      List);
  add("GET", "/curves",
      {.rpc = "ListCurves",
       .summary = "Loss curves of several experiments, thinned",
       .query = With(FilterDoc(), {{"experiments", "string", "ids, separated by commas"},
                                   {"x", "string", "step, tokens, flops or seconds"},
                                   {"kind", "string", "train or eval"},
                                   {"points", "integer", "of a curve, about"},
                                   {"from_step", "integer", "zoom"},
                                   {"to_step", "integer", "zoom"},
                                   {"after_seq", "integer", "only those that grew since"}}),
       .answer = v1::ListCurvesResponse::descriptor()},
      Curves);
  add("GET", "/attempts",
      {.rpc = "ListAttempts",
       .summary = "Who trained what when",
       .query = {{"after_id", "integer", "those beyond"}, {"limit", "integer", "1000 by default"}},
       .answer = v1::ListAttemptsResponse::descriptor()},
      Attempts);
  add("GET", "/experiments/{experiment}",
      {.rpc = "GetExperiment",
       .summary = "One experiment with its attempts",
       .answer = v1::Experiment::descriptor()},
      [](Coordinator* coordinator, const Request&, const PathParams& params) {
        return Reply(coordinator->GetExperiment(params.at("sweep"), params.at("experiment")),
                     kToProto);
      });
  add("POST", ":retry",
      {.rpc = "RetryExperiment",
       .summary = "Try every failed experiment again",
       .body = v1::RetryExperimentRequest::descriptor(),
       .answer = v1::RetryExperimentResponse::descriptor()},
      Retry);
  add("POST", "/experiments/{experiment}:retry",
      {.rpc = "RetryExperiment",
       .summary = "Try a failed experiment again",
       .body = v1::RetryExperimentRequest::descriptor(),
       .answer = v1::RetryExperimentResponse::descriptor()},
      Retry);
  add("GET", "/experiments/{experiment}/measurements",
      {.rpc = "ListMeasurements",
       .summary = "All that an experiment measured",
       .query = {{"after_seq", "integer", "only what came later"},
                 {"max_points", "integer", "about so many of each kind"}},
       .answer = v1::ListMeasurementsResponse::descriptor()},
      Measurements);
  add("POST", "/experiments/{experiment}:delete",
      {.rpc = "DeleteExperiment",
       .summary = "Delete it with all that belongs to it; not while it is trained",
       .body = v1::DeleteExperimentRequest::descriptor(),
       .answer = v1::Deletion::descriptor()},
      Delete);
  add("GET", "/experiments/{experiment}/system",
      {.rpc = "ListSystemSamples",
       .summary = "Memory, temperature and load of its devices over time",
       .query = {{"since", "string", "only later ones, RFC 3339"}},
       .answer = v1::ListSystemSamplesResponse::descriptor()},
      SystemSamples);
  add("GET", "/experiments/{experiment}/logs",
      {.rpc = "GetLogs",
       .summary = "The end of what an attempt's trainer wrote",
       .query = {{"attempt", "integer", "its id; absent: the newest"},
                 {"from_byte", "integer", "only what lies beyond"},
                 {"since", "string", "only what came in since, RFC 3339"}},
       .answer = v1::GetLogsResponse::descriptor()},
      Logs);
  add("GET", "/events",
      {.rpc = "ListEvents",
       .summary = "What happened",
       .query = {{"after_seq", "integer", "only what came later"},
                 {"experiment", "string", "of one experiment"},
                 {"limit", "integer", "at most so many"},
                 {"newest_first", "boolean", "from the newest down"},
                 {"sweep_only", "boolean", "what concerns the sweep as a whole"}},
       .answer = v1::ListEventsResponse::descriptor()},
      Events);
}

}  // namespace ff::gateway
