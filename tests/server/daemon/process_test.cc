// ff-coordinator as its users meet it: a process, two doors, signals.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "ff/v1/analysis.grpc.pb.h"
#include "ff/v1/sweep.grpc.pb.h"
#include "grpcpp/generic/generic_stub.h"
#include "tests/server/daemon/coordinator_process.h"
#include "tests/server/gateway/temp_dir.h"

namespace ff::daemon {
namespace {

using testing::CoordinatorProcess;
using ::testing::HasSubstr;
using testing::WaitForInfo;

class ProcessTest : public ::testing::Test {
 protected:
  std::vector<std::string> Words(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"listen.grpc=" + address_, "listen.http=127.0.0.1:0",
                                      "database.path=" + dir_.path("state/c.db"),
                                      "web_root=" + web_.path()};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  ProcessTest() { web_.Write("index.html", "<p>dashboard"); }

  // How a second coordinator with these words ends, and what it says.
  std::pair<int, std::string> RunToItsEnd(const std::vector<std::string>& words) {
    CoordinatorProcess process(second_.path(), words);
    const int status = process.Wait();
    EXPECT_EQ(process.Output(), "");
    return {status, process.Errors()};
  }

  // Name of a sweep that was imported, or an error's words.
  std::string ImportSweep(const std::string& name, const std::string& results = "") {
    v1::ImportSweepRequest request;
    request.set_name(name);
    request.set_results_json(results);
    if (results.empty()) {
      request.set_sweep_json(R"([{"experiment_id": "exp_0000", "compute_budget": 1e12,
                                  "model_size": 1e5, "num_tokens": 1e6}])");
    }
    v1::ImportSweepResponse response;
    grpc::ClientContext context;
    const grpc::Status status = v1::SweepService::NewStub(testing::Connect(address_))
                                    ->ImportSweep(&context, request, &response);
    return status.ok() ? response.sweep().name() : status.error_message();
  }

  grpc::Status FitOf(const std::string& sweep, v1::Fit* fit = nullptr) {
    v1::GetFitRequest request;
    request.set_sweep(sweep);
    v1::Fit unused;
    grpc::ClientContext context;
    return v1::AnalysisService::NewStub(testing::Connect(address_))
        ->GetFit(&context, request, fit != nullptr ? fit : &unused);
  }

  gateway::testing::TempDir dir_, second_, web_;
  const std::string address_ = "unix:" + dir_.path("s.sock");
};

TEST_F(ProcessTest, BothDoorsOpenAndItEndsCleanly) {
  CoordinatorProcess process(dir_.path(), Words());
  const v1::Info info = WaitForInfo(address_);
  EXPECT_EQ(info.grpc_address(), address_);
  EXPECT_EQ(info.database(), dir_.path("state/c.db"));
  struct stat socket;
  ASSERT_EQ(stat(dir_.path("s.sock").c_str(), &socket), 0);
  EXPECT_EQ(socket.st_mode & 0777, 0600u);

  httplib::Client browser("http://" + info.http_address());
  const auto page = browser.Get("/");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->body, "<p>dashboard");
  const auto answer = browser.Get("/api/v1/info");
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->body, HasSubstr("\"pid\":" + std::to_string(info.pid())));

  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(), 0);
  EXPECT_EQ(process.Output(), "");
  EXPECT_THAT(process.Errors(), HasSubstr("info coordinator: stopped"));
  EXPECT_FALSE(std::filesystem::exists(dir_.path("s.sock")));
}

TEST_F(ProcessTest, ControlCEndsItToo) {
  CoordinatorProcess process(dir_.path(), Words());
  WaitForInfo(address_);
  process.Signal(SIGINT);
  EXPECT_EQ(process.Wait(), 0);
}

// A client that says it will send ten bytes and does not; the server waits for them.
int SendHalfARequest(const std::string& http_address) {
  const size_t colon = http_address.rfind(':');
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(std::stoi(http_address.substr(colon + 1)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  const std::string head =
      "POST /api/v1/plan HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: 10\r\nExpect: 100-continue\r\n\r\n";
  EXPECT_EQ(send(fd, head.data(), head.size(), MSG_NOSIGNAL), ssize_t(head.size()));
  char answer[16];  // "HTTP/1.1 100 Continue": the server has begun with this request
  EXPECT_GT(recv(fd, answer, sizeof(answer), 0), 0);
  return fd;
}

TEST_F(ProcessTest, ASecondSignalEndsItAtOnce) {
  CoordinatorProcess process(dir_.path(), Words());
  const int fd = SendHalfARequest(WaitForInfo(address_).http_address());
  process.Signal(SIGTERM);
  while (process.Errors().find("a second one ends at once") == std::string::npos) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(), 128 + SIGTERM);
  EXPECT_EQ(process.Errors().find("info coordinator: stopped"), std::string::npos);
  close(fd);
}

// Calls a method that has no generated code in this test: message bytes in and out.
std::string CallBytes(const std::string& address, const std::string& method,
                      const std::string& request) {
  grpc::GenericStub stub(testing::Connect(address));
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const grpc::Slice slice(request);
  grpc::ByteBuffer sent(&slice, 1), received;
  grpc::Status status;
  auto call = stub.PrepareUnaryCall(&context, method, sent, &queue);
  call->StartCall();
  call->Finish(&received, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  std::vector<grpc::Slice> slices;
  if (!status.ok() || !received.Dump(&slices).ok()) return "error: " + status.error_message();
  std::string bytes;
  for (const grpc::Slice& part : slices) {
    bytes.append(reinterpret_cast<const char*>(part.begin()), part.size());
  }
  return bytes;
}

TEST_F(ProcessTest, AnswersHealthChecks) {
  CoordinatorProcess process(dir_.path(), Words());
  WaitForInfo(address_);
  // HealthCheckResponse{status: SERVING}: field 1, varint, 1.
  EXPECT_EQ(CallBytes(address_, "/grpc.health.v1.Health/Check", ""), std::string("\x08\x01"));
}

TEST_F(ProcessTest, AnswersReflection) {
  CoordinatorProcess process(dir_.path(), Words());
  WaitForInfo(address_);
  // A stream of one request and one answer looks like a unary call.
  const std::string method = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
  // ServerReflectionRequest{list_services: "*"}: field 7, length 1.
  const std::string answer = CallBytes(address_, method, std::string("\x3a\x01*"));
  EXPECT_THAT(answer, HasSubstr("ff.v1.SweepService"));
}

TEST_F(ProcessTest, TakenPortsAreNamedWithTheirKey) {
  CoordinatorProcess process(dir_.path(), Words());
  const std::string taken = WaitForInfo(address_).http_address();
  const std::string database = "database.path=" + second_.path("c.db");
  const auto http =
      RunToItsEnd({"listen.grpc=unix:" + second_.path("s.sock"), "listen.http=" + taken, database});
  EXPECT_EQ(http.first, 1);
  EXPECT_THAT(http.second, HasSubstr(taken + " (listen.http): the port is in use"));
  const auto grpc = RunToItsEnd({"listen.grpc=" + taken, "listen.http=", database});
  EXPECT_EQ(grpc.first, 1);
  EXPECT_THAT(grpc.second, HasSubstr(taken + " (listen.grpc): the port is in use"));
}

TEST_F(ProcessTest, ALivingSocketIsLeftAlone) {
  CoordinatorProcess process(dir_.path(), Words());
  WaitForInfo(address_);
  const auto second = RunToItsEnd(
      {"listen.grpc=" + address_, "listen.http=", "database.path=" + second_.path("c.db")});
  EXPECT_EQ(second.first, 1);
  EXPECT_THAT(second.second, HasSubstr("listens on " + dir_.path("s.sock")));
  WaitForInfo(address_);
}

TEST_F(ProcessTest, TwoOnOneDatabaseAreRefused) {
  CoordinatorProcess process(dir_.path(), Words());
  WaitForInfo(address_);
  const auto second = RunToItsEnd({"listen.grpc=unix:" + second_.path("s.sock"),
                                   "listen.http=", "database.path=" + dir_.path("state/c.db")});
  EXPECT_EQ(second.first, 1);
  EXPECT_THAT(second.second, HasSubstr("database is in use"));
}

TEST_F(ProcessTest, AKilledOneLeavesASocketThatTheNextReplaces) {
  {
    CoordinatorProcess process(dir_.path(), Words());
    WaitForInfo(address_);
    EXPECT_EQ(ImportSweep("kept"), "kept");
    process.Signal(SIGKILL);
    EXPECT_EQ(process.Wait(), 128 + SIGKILL);
  }
  ASSERT_TRUE(std::filesystem::exists(dir_.path("s.sock")));
  CoordinatorProcess next(dir_.path(), Words());
  EXPECT_EQ(WaitForInfo(address_).sweeps(), 1);
}

// Four hundred runs are two or three seconds of fitting.
std::string ManyResults() {
  std::mt19937 random(3);
  std::normal_distribution<double> noise(0, 0.003);
  std::string json = "[";
  for (int b = 0; b < 8; ++b) {
    for (int i = 0; i < 50; ++i) {
      const double c = std::pow(10, 12 + 0.4 * b);
      const auto n = static_cast<int64_t>(0.2 * std::sqrt(c) * std::exp2(0.08 * (i - 25)));
      const auto d = static_cast<int64_t>(c / 6 / static_cast<double>(n));
      const double loss = 1.7 + 40 / std::pow(n, 0.34) + 80 / std::pow(d, 0.36);
      absl::StrAppend(&json, b + i > 0 ? "," : "", "{\"experiment_id\": \"r", b, "_", i,
                      "\", \"compute_budget\": ", c, ", \"model_size\": ", n,
                      ", \"num_tokens\": ", d, ", \"final_loss\": ", loss * std::exp(noise(random)),
                      ", \"status\": \"completed\"}");
    }
  }
  return json + "]";
}

// The mark that a law is due goes only with the law: killed in the middle of the fit, the next
// process fits anew, and nobody has to ask for it.
TEST_F(ProcessTest, KilledWhileFittingTheNextOneFits) {
  {
    CoordinatorProcess process(dir_.path(), Words());
    WaitForInfo(address_);
    EXPECT_EQ(ImportSweep("kept", ManyResults()), "kept");
    // The thread that fits looks every 200 ms; the fit itself takes longer than the rest of this.
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    EXPECT_THAT(FitOf("kept").error_message(), HasSubstr("being fitted"));
    process.Signal(SIGKILL);
    EXPECT_EQ(process.Wait(), 128 + SIGKILL);
  }
  CoordinatorProcess next(dir_.path(), Words());
  WaitForInfo(address_);
  v1::Fit fit;
  grpc::Status status = FitOf("kept", &fit);
  EXPECT_THAT(status.error_message(), HasSubstr("being fitted")) << "the first one had ended";
  const auto patience = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (!status.ok() && std::chrono::steady_clock::now() < patience) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    status = FitOf("kept", &fit);
  }
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(fit.runs_used(), 400);
  EXPECT_NEAR(fit.surface().n_opt_exponent(), 0.36 / 0.70, 0.02);
}

TEST_F(ProcessTest, PortZeroIsAnyFreePort) {
  CoordinatorProcess process(dir_.path(), Words());
  const std::string http = WaitForInfo(address_).http_address();
  EXPECT_THAT(http, ::testing::Not(::testing::EndsWith(":0")));
  EXPECT_THAT(process.Errors(), HasSubstr("dashboard on http://" + http + "/"));
}

TEST_F(ProcessTest, WrongConfigurationEndsWithTwo) {
  EXPECT_EQ(RunToItsEnd({"listen.htpt=127.0.0.1:0"}).first, 2);
  const auto exposed = RunToItsEnd({"listen.http=0.0.0.0:0"});
  EXPECT_EQ(exposed.first, 2);
  EXPECT_THAT(exposed.second, HasSubstr("listen.insecure_public=true"));
}

TEST_F(ProcessTest, VersionGoesToStandardOutput) {
  CoordinatorProcess process(dir_.path(), {"--version"});
  EXPECT_EQ(process.Wait(), 0);
  EXPECT_THAT(process.Output(), ::testing::StartsWith("ff-coordinator "));
}

}  // namespace
}  // namespace ff::daemon
