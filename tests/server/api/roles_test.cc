// Every RPC of every service, over gRPC, by every role and by nobody: who gets in and who does
// not. What this file expects is written down here once more, so that a slip in the table of rules
// is a difference.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "server/access/rules.h"
#include "server/access/token.h"
#include "server/api/access_service.h"
#include "server/api/analysis_service.h"
#include "server/api/experiment_service.h"
#include "server/api/file_service.h"
#include "server/api/sweep_service.h"
#include "server/api/system_service.h"
#include "server/api/worker_service.h"
#include "server/files/file_store.h"
#include "tests/server/api/real_coordinator.h"

namespace ff::api {
namespace {

using Names = std::set<std::string>;

const Names kForOperators = {"SweepService.ReadSpec",        "SweepService.CreateSweep",
                             "SweepService.PauseSweep",      "SweepService.ResumeSweep",
                             "SweepService.CancelSweep",     "SweepService.UpdateSweep",
                             "SweepService.DeleteSweep",     "ExperimentService.DeleteExperiment",
                             "SweepService.ImportSweep",     "ExperimentService.RetryExperiment",
                             "WorkerService.DrainWorker",    "WorkerService.QuarantineWorker",
                             "WorkerService.UncordonWorker", "AnalysisService.AnalyzeSweep",
                             "AccessService.ListAudit"};
const Names kForAdmins = {"BackupService.Backup", "AccessService.CreateToken",
                          "AccessService.ListTokens", "AccessService.RevokeToken"};
const Names kForWorkers = {"WorkerService.Synchronize"};
const Names kForWorkersAndOperators = {"FileService.GetFileStatus", "FileService.Download",
                                       "FileService.Upload"};
const Names kForAnyRole = {"SystemService.GetInfo", "AccessService.WhoAmI"};

bool Expected(const std::string& rpc, Role role) {
  if (kForAnyRole.count(rpc) > 0) return true;
  if (kForAdmins.count(rpc) > 0) return role == Role::kAdmin;
  if (kForWorkers.count(rpc) > 0) return role == Role::kWorker;
  if (kForWorkersAndOperators.count(rpc) > 0) return role != Role::kViewer;
  if (kForOperators.count(rpc) > 0) return role == Role::kOperator || role == Role::kAdmin;
  return role != Role::kWorker;  // everything else reads
}

// "SweepService.GetSweep" -> its method, of all the services in proto/ff/v1.
std::map<std::string, const google::protobuf::MethodDescriptor*> AllRpcs() {
  std::map<std::string, const google::protobuf::MethodDescriptor*> all;
  const std::string folder = std::string(FF_SOURCE_DIR) + "/proto/ff/v1";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto* const file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(
        absl::StrCat("ff/v1/", entry.path().filename().string()));
    EXPECT_NE(file, nullptr) << entry.path();
    for (int i = 0; file != nullptr && i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        const auto* const method = file->service(i)->method(j);
        all[absl::StrCat(file->service(i)->name(), ".", method->name())] = method;
      }
    }
  }
  return all;
}

class RolesTest : public ::testing::Test {
 protected:
  RolesTest() {
    grpc::ServerBuilder builder;
    for (grpc::Service* service :
         std::initializer_list<grpc::Service*>{&access_service_, &sweeps_, &experiments_, &workers_,
                                               &analysis_, &system_, &files_, &backup_}) {
      builder.RegisterService(service);
    }
    server_ = builder.BuildAndStart();
    stub_ = std::make_unique<grpc::GenericStub>(server_->InProcessChannel({}));
    for (const Role role : {Role::kViewer, Role::kOperator, Role::kWorker, Role::kAdmin}) {
      tokens_[role] = Make(absl::StrCat("role", static_cast<int>(role)), role, absl::Hours(1000));
    }
  }
  ~RolesTest() override { server_->Shutdown(); }

  std::string Make(const std::string& name, Role role, absl::Duration lifetime) {
    return access_.CreateToken(name, role, lifetime, access::Caller()).value().token;
  }

  // An empty request: what is asked is whether one gets as far as having it read.
  grpc::Status Call(const google::protobuf::MethodDescriptor& method, const std::string& token) {
    const std::string path = absl::StrCat("/", method.service()->full_name(), "/", method.name());
    grpc::ClientContext context;
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    grpc::CompletionQueue queue;
    const grpc::Slice nothing("");
    const grpc::ByteBuffer request(&nothing, 1);
    const auto call = stub_->PrepareUnaryCall(&context, path, request, &queue);
    call->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    call->Finish(&response, &status, this);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return status;
  }

  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  testing::RealCoordinator coordinator_;
  // A second passes with each call, so that failures do not come too often.
  coordinator::AccessControl access_{
      coordinator_.store(), {.required = true}, [this] { return now_ += absl::Seconds(1); }};
  gateway::testing::TempDir dir_;
  files::FileStore store_{dir_.path("files"), 1e9};
  Door door_{&access_};
  AccessService access_service_{&door_};
  SweepService sweeps_{&door_, coordinator_.get(), [](const v1::ReadSpecRequest&) {
                         return absl::StatusOr<v1::ReadSpecResponse>(v1::ReadSpecResponse());
                       }};
  ExperimentService experiments_{&door_, coordinator_.get()};
  WorkerService workers_{&door_, coordinator_.get()};
  AnalysisService analysis_{&door_, coordinator_.get(), testing::AnalyzerDefaults()};
  SystemService system_{&door_, coordinator_.get(),
                        [] { return convert::ServerInfo{"test", 7, {}, "", "", ""}; }};
  FileService files_{&door_, &store_};
  BackupService backup_{&door_, coordinator_.get(), &store_};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<grpc::GenericStub> stub_;
  std::map<Role, std::string> tokens_;
};

TEST_F(RolesTest, EveryRpcHasARuleAndEveryRuleAnRpc) {
  const auto all = AllRpcs();
  EXPECT_GE(all.size(), 37u);
  for (const auto& [name, method] : all) {
    EXPECT_NE(access::FindRule(name), nullptr) << name << " is missing in server/access/rules.cc";
  }
  for (const access::Rule& rule : access::Rules()) {
    const std::string action = rule.action;
    if (action.find(' ') == std::string::npos) EXPECT_EQ(all.count(action), 1u) << action;
  }
}

TEST_F(RolesTest, EveryRpcIsForItsRolesAlone) {
  for (const auto& [name, method] : AllRpcs()) {
    for (const auto& [role, token] : tokens_) {
      const grpc::Status status = Call(*method, token);
      const bool refused = status.error_code() == grpc::StatusCode::PERMISSION_DENIED;
      EXPECT_EQ(!refused, Expected(name, role))
          << name << " by " << access::RoleName(role) << ": " << status.error_message();
      EXPECT_NE(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << name;
      EXPECT_NE(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << name;
    }
  }
}

TEST_F(RolesTest, NoRpcIsForWrongCredentials) {
  const std::string expired = Make("expired", Role::kAdmin, absl::Seconds(1));
  const std::string revoked = Make("revoked", Role::kAdmin, absl::Hours(1));
  ASSERT_TRUE(access_.RevokeToken("revoked").ok());
  now_ += absl::Minutes(1);
  for (const auto& [name, method] : AllRpcs()) {
    for (const std::string& token :
         {std::string(), std::string("wrong"), access::NewToken(), expired, revoked}) {
      EXPECT_EQ(Call(*method, token).error_code(), grpc::StatusCode::UNAUTHENTICATED)
          << name << " with '" << token << "'";
    }
  }
}

TEST_F(RolesTest, GuessersAreSlowedDown) {
  const auto method = AllRpcs().at("SweepService.ListSweeps");
  int slowed = 0;
  for (int i = 0; i < 40; ++i) {
    now_ -= absl::Seconds(1);  // stands still
    slowed +=
        Call(*method, access::NewToken()).error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED;
  }
  EXPECT_EQ(slowed, 20);
}

TEST_F(RolesTest, AWorkerCallsInNobodyElsesName) {
  const std::string other = Make("other", Role::kWorker, absl::Hours(10));
  const auto stub = v1::WorkerService::NewStub(server_->InProcessChannel({}));
  const auto synchronize = [&](const std::string& token) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + token);
    v1::SynchronizeResponse response;
    return stub->Synchronize(&context, testing::WorkerCall(), &response);
  };
  EXPECT_TRUE(synchronize(tokens_[Role::kWorker]).ok());
  const grpc::Status stolen = synchronize(other);
  EXPECT_EQ(stolen.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(stolen.error_message(), ::testing::HasSubstr("belongs to another credential"));
  EXPECT_TRUE(synchronize(tokens_[Role::kWorker]).ok());
}

TEST_F(RolesTest, ChangesAreInTheAuditLogWithWhoAndWhatCameOfThem) {
  const auto all = AllRpcs();
  (void)Call(*all.at("SweepService.PauseSweep"), tokens_[Role::kOperator]);
  (void)Call(*all.at("SweepService.PauseSweep"), tokens_[Role::kViewer]);    // refused: no change
  (void)Call(*all.at("SweepService.ListSweeps"), tokens_[Role::kOperator]);  // no change
  const auto entries = access_.ListAudit({}).value();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].who, "role2");
  EXPECT_EQ(entries[0].role, "operator");
  EXPECT_EQ(entries[0].action, "SweepService.PauseSweep");
  EXPECT_THAT(entries[0].outcome, ::testing::HasSubstr("INVALID_ARGUMENT"));
}

TEST_F(RolesTest, TooManyCallsAreToldWhenToComeAgain) {
  coordinator::AccessControl strict(coordinator_.store(),
                                    {.required = true, .requests_per_second = 1, .burst = 3},
                                    [this] { return now_; });
  ASSERT_TRUE(strict.Load().ok());
  access::Presented presented;
  presented.token = tokens_[Role::kViewer];
  const access::Rule* const rule = access::FindRule("SweepService.ListSweeps");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(strict.Admit(presented, rule).ok()) << i;
  const absl::Status refused = strict.Admit(presented, rule).status();
  EXPECT_TRUE(absl::IsResourceExhausted(refused));
  EXPECT_EQ(refused.GetPayload(coordinator::kRetryAfter), absl::Cord("1"));
  now_ += absl::Seconds(1);
  EXPECT_TRUE(strict.Admit(presented, rule).ok());
}

}  // namespace
}  // namespace ff::api
