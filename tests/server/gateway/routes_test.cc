// Every route against a real coordinator: the status, and JSON of the promised message.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "ff/v1/analysis.pb.h"
#include "ff/v1/sweep.pb.h"
#include "ff/v1/worker.pb.h"
#include "server/convert/json.h"
#include "server/gateway/gateway.h"
#include "server/gateway/url.h"
#include "tests/server/api/real_coordinator.h"
#include "tests/server/gateway/temp_dir.h"

namespace ff::gateway {
namespace {

using api::testing::SmallSpec;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;

class RoutesTest : public ::testing::Test {
 protected:
  // `target` is a path with its query, as a browser would send it.
  Response Get(const std::string& target) {
    const std::vector<std::string> parts = absl::StrSplit(target, absl::MaxSplits('?', 1));
    Request request = {"GET", parts[0], {}, {{"host", "localhost"}}, ""};
    if (parts.size() == 2) {
      for (absl::string_view pair : absl::StrSplit(parts[1], '&')) {
        request.query.insert(
            std::pair<std::string, std::string>(absl::StrSplit(pair, absl::MaxSplits('=', 1))));
      }
    }
    return gateway_.Handle(request);
  }
  Response Post(const std::string& path, const std::string& body = "{}") {
    return gateway_.Handle(
        {"POST", path, {}, {{"host", "localhost"}, {"content-type", "application/json"}}, body});
  }
  template <typename Message>
  Message Parse(const Response& response) {
    Message message;
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_THAT(response.content_type, StartsWith("application/json"));
    EXPECT_TRUE(convert::MergeJson(response.body, &message).ok()) << response.body;
    return message;
  }
  void CreateSweep() {
    v1::CreateSweepRequest request;
    request.set_name("a/b c");
    *request.mutable_spec() = SmallSpec();
    const auto response =
        Parse<v1::CreateSweepResponse>(Post("/api/v1/sweeps", convert::ToJson(request).value()));
    EXPECT_TRUE(response.created());
  }
  std::string FirstExperiment() {
    return Parse<v1::ListExperimentsResponse>(Get(kSweep + "/experiments")).experiments(0).id();
  }

  const std::string kSweep = "/api/v1/sweeps/a%2Fb%20c";
  api::testing::RealCoordinator coordinator_;
  testing::TempDir web_;
  Gateway gateway_{{.context = {coordinator_.get(), api::testing::AnalyzerDefaults(),
                                [](const v1::ReadSpecRequest& request) {
                                  v1::ReadSpecResponse response;
                                  response.set_yaml(request.yaml());
                                  return response;
                                },
                                [] { return convert::ServerInfo{"test", 7, {}, "", "", ""}; },
                                coordinator_.access()},
                    .web_root = web_.path(),
                    .own_names = {}}};
};

TEST_F(RoutesTest, ExperimentsAreFilteredSortedAndPaged) {
  CreateSweep();
  const auto ids = [&](const std::string& query) {
    std::vector<std::string> found;
    const auto page = Parse<v1::ListExperimentsResponse>(Get(kSweep + "/experiments?" + query));
    for (const auto& one : page.experiments()) found.push_back(one.id());
    return found;
  };
  const std::vector<std::string> up = ids("sort=ordinal"), down = ids("sort=-ordinal");
  ASSERT_GT(up.size(), 2u);
  EXPECT_EQ(std::vector<std::string>(up.rbegin(), up.rend()), down);
  EXPECT_EQ(ids("sort=ordinal&limit=1&offset=1"), std::vector<std::string>{up[1]});
  EXPECT_EQ(ids("filter=state = waiting and n > 1"), ids(""));
  EXPECT_TRUE(ids("filter=loss < 3").empty());
  EXPECT_EQ(ids("filter=id = " + up[0]), std::vector<std::string>{up[0]});
  const Response wrong = Get(kSweep + "/experiments?filter=los < 3");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_THAT(wrong.body, HasSubstr("did you mean 'loss'?"));
  EXPECT_EQ(Get(kSweep + "/experiments?sort=nothing").status, 400);
  const auto brief = Parse<v1::ListExperimentsResponse>(Get(kSweep + "/experiments?brief=1"));
  EXPECT_GT(brief.experiments(0).plan().parameters(), 0);
  EXPECT_TRUE(brief.experiments(0).plan().data_path().empty());
}

TEST_F(RoutesTest, WhoPausedASweepStandsInItsEvents) {
  CreateSweep();
  Parse<v1::Sweep>(Post(kSweep + ":pause", R"({"by": "Ann: too slow"})"));
  const auto events =
      Parse<v1::ListEventsResponse>(Get(kSweep + "/events?sweep_only=1&newest_first=1&limit=1"));
  ASSERT_EQ(events.events_size(), 1);
  EXPECT_EQ(events.events(0).kind(), "paused");
  EXPECT_EQ(events.events(0).message(), "by Ann: too slow");
}

// The description is of what is served: each route answers at its path, and each verb of gRPC
// that people use has one.
TEST_F(RoutesTest, TheApiDescribesItself) {
  const auto document = nlohmann::json::parse(Get("/api/v1/openapi.json").body);
  std::set<std::string> rpcs;
  for (const auto& [path, operations] : document["paths"].items()) {
    for (const auto& [method, operation] : operations.items()) {
      EXPECT_FALSE(operation["summary"].get<std::string>().empty()) << path;
      if (operation.contains("x-grpc")) rpcs.insert(operation["x-grpc"].get<std::string>());
    }
  }
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  for (const char* name :
       {"SweepService", "ExperimentService", "AnalysisService", "WorkerService", "SystemService"}) {
    const auto* service = pool->FindServiceByName(absl::StrCat("ff.v1.", name));
    ASSERT_NE(service, nullptr) << name;
    for (int i = 0; i < service->method_count(); ++i) {
      // An agent's own call, which no browser makes.
      if (service->method(i)->name() == "Synchronize") continue;
      EXPECT_EQ(rpcs.count(service->method(i)->full_name()), 1u) << service->method(i)->full_name();
    }
  }
  EXPECT_TRUE(document["components"]["schemas"].contains("ff.v1.Experiment"));
}

TEST_F(RoutesTest, PlanAndCreate) {
  v1::PlanSweepRequest request;
  *request.mutable_spec() = SmallSpec();
  const auto preview =
      Parse<v1::SweepPreview>(Post("/api/v1/plan", convert::ToJson(request).value()));
  CreateSweep();
  const auto sweeps = Parse<v1::ListSweepsResponse>(Get("/api/v1/sweeps"));
  EXPECT_EQ(sweeps.sweeps(0).counts().waiting(), preview.experiments_size());
  EXPECT_EQ(Parse<v1::Sweep>(Get("/api/v1/sweeps/%40latest")).name(), "a/b c");
}

TEST_F(RoutesTest, WhatToTrainNext) {
  CreateSweep();
  EXPECT_EQ(Get(kSweep + "/next").status, 412);  // nothing has finished
  coordinator_.TrainEverything();
  const auto next = Parse<v1::NextPlan>(Get(kSweep + "/next?flops=1e17&count=2&goal=loss"));
  EXPECT_EQ(next.target_flops(), 1e17);
  EXPECT_GE(next.experiments_size(), 2);
  EXPECT_EQ(Get(kSweep + "/next?goal=fame").status, 400);
  EXPECT_EQ(Get(kSweep + "/next?flops=much").status, 400);
}

TEST_F(RoutesTest, Steer) {
  CreateSweep();
  EXPECT_EQ(Parse<v1::Sweep>(Post(kSweep + ":pause")).state(), v1::SWEEP_STATE_PAUSED);
  EXPECT_EQ(Parse<v1::Sweep>(Post(kSweep + ":resume")).state(), v1::SWEEP_STATE_ACTIVE);
  EXPECT_EQ(Parse<v1::Sweep>(Post(kSweep + ":cancel")).state(), v1::SWEEP_STATE_CANCELLED);
  EXPECT_EQ(Post(kSweep + ":explode").status, 405);
}

TEST_F(RoutesTest, Experiments) {
  CreateSweep();
  const auto page = Parse<v1::ListExperimentsResponse>(
      Get(kSweep + "/experiments?state=waiting,failed&limit=2&offset=1"));
  EXPECT_EQ(page.experiments_size(), 2);
  EXPECT_EQ(page.experiments(0).ordinal(), 1);
  EXPECT_EQ(Get(kSweep + "/experiments?state=asleep").status, 400);
  EXPECT_EQ(Get(kSweep + "/experiments?limit=-1").status, 400);
  const std::string path = kSweep + "/experiments/" + FirstExperiment();
  EXPECT_EQ(Parse<v1::Experiment>(Get(path)).state(), v1::EXPERIMENT_STATE_WAITING);
  EXPECT_EQ(Post(path + ":retry").status, 412);  // it has not failed
}

TEST_F(RoutesTest, WhatTrainingLeft) {
  CreateSweep();
  coordinator_.TrainEverything();
  const std::string path = kSweep + "/experiments/" + FirstExperiment();
  EXPECT_EQ(Parse<v1::ListMeasurementsResponse>(Get(path + "/measurements?max_points=10"))
                .measurements_size(),
            1);
  EXPECT_EQ(Get(path + "/measurements?after_seq=x").status, 400);
  EXPECT_THAT(Parse<v1::GetLogsResponse>(Get(path + "/logs?attempt=0")).text(),
              StartsWith("trained"));
  EXPECT_EQ(Parse<v1::ListEventsResponse>(Get(kSweep + "/events?limit=2")).events_size(), 2);
  EXPECT_EQ(Parse<v1::ListWorkersResponse>(Get("/api/v1/workers")).workers(0).id(), "w1");
}

TEST_F(RoutesTest, Analysis) {
  CreateSweep();
  const Response early = Post(kSweep + ":analyze");
  EXPECT_EQ(early.status, 412);
  EXPECT_THAT(early.body, StartsWith(R"({"error":{"code":"FAILED_PRECONDITION","message":")"));
  coordinator_.TrainEverything();
  EXPECT_EQ(Parse<v1::Fit>(Post(kSweep + ":analyze", "")).resamples(), 50);
  const auto fit =
      Parse<v1::Fit>(Post(kSweep + ":analyze", R"({"fitting": {"method": "empirical"}})"));
  EXPECT_EQ(fit.method(), "empirical");
  EXPECT_EQ(Post(kSweep + ":analyze", R"({"fiting": {}})").status, 400);
  EXPECT_EQ(Parse<v1::Fit>(Get(kSweep + "/fit")).id(), fit.id());
  EXPECT_EQ(
      Parse<v1::PredictResponse>(Get(kSweep + "/predict?compute=1e17,1e18")).predictions_size(), 2);
  EXPECT_EQ(Get(kSweep + "/predict").status, 400);
}

TEST_F(RoutesTest, Figures) {
  CreateSweep();
  coordinator_.TrainEverything();
  Parse<v1::Fit>(Post(kSweep + ":analyze"));
  for (const char* figure : {"isoflop_curves", "scaling_laws", "tokens_per_param", "loss_curves"}) {
    const std::string target = absl::StrCat(kSweep, "/figures/", figure, "?style=dark&x=tokens");
    EXPECT_THAT(Parse<v1::GetFigureResponse>(Get(target)).plotly_json(), HasSubstr("\"layout\""))
        << figure;
  }
  EXPECT_EQ(Get(kSweep + "/figures/loss_curves?style=loud").status, 400);
}

TEST_F(RoutesTest, ExportIsAFile) {
  CreateSweep();
  const Response csv = Get(kSweep + "/export?format=csv");
  EXPECT_EQ(csv.status, 200);
  EXPECT_THAT(csv.content_type, StartsWith("text/csv"));
  EXPECT_THAT(csv.headers,
              Contains(Pair("Content-Disposition", "attachment; filename=\"a_b_c-csv.csv\"")));
  EXPECT_EQ(Get(kSweep + "/export?format=pdf").status, 400);
}

TEST_F(RoutesTest, SystemAndFiles) {
  EXPECT_EQ(Parse<v1::Info>(Get("/api/v1/info")).version(), "test");
  EXPECT_EQ(Get("/healthz").body, "ok\n");
  EXPECT_EQ(Get("/readyz").body, "ok\n");
  web_.Write("index.html", "<p>dashboard");
  EXPECT_EQ(Get("/").body, "<p>dashboard");
  EXPECT_EQ(Get("/api/v1/absent").status, 404);
  EXPECT_EQ(Get("/api/v1/sweeps/none").status, 404);
}

TEST_F(RoutesTest, ForeignPagesChangeNothing) {
  CreateSweep();
  Request request = {"POST", kSweep + ":cancel", {}, {{"host", "localhost"}}, ""};
  EXPECT_EQ(gateway_.Handle(request).status, 415);
  request.headers["content-type"] = "application/json";
  request.headers["origin"] = "http://evil.example";
  EXPECT_EQ(gateway_.Handle(request).status, 403);
  EXPECT_EQ(Parse<v1::Sweep>(Get(kSweep)).state(), v1::SWEEP_STATE_ACTIVE);
}

}  // namespace
}  // namespace ff::gateway
