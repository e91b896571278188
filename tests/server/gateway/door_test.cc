// Every route of the HTTP door by every role and by nobody, and the browser's session.
#include "server/gateway/door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/access/rules.h"
#include "server/access/token.h"
#include "server/gateway/gateway.h"
#include "tests/server/api/real_coordinator.h"
#include "tests/server/gateway/temp_dir.h"

namespace ff::gateway {
namespace {

using ::testing::HasSubstr;

class DoorTest : public ::testing::Test {
 protected:
  DoorTest() {
    for (const Role role : {Role::kViewer, Role::kOperator, Role::kWorker, Role::kAdmin}) {
      tokens_[role] = access_
                          .CreateToken(absl::StrCat("role", static_cast<int>(role)), role,
                                       absl::Hours(1000), access::Caller())
                          .value()
                          .token;
    }
  }
  Response Send(const std::string& method, const std::string& path,
                std::map<std::string, std::string> headers = {}, const std::string& body = "{}") {
    headers["host"] = "localhost";
    headers["content-type"] = "application/json";
    return gateway_.Handle({method, path, {}, headers, method == "POST" ? body : "", "10.0.0.9"});
  }
  static std::map<std::string, std::string> Bearer(const std::string& token) {
    return {{"authorization", "Bearer " + token}};
  }
  static std::string Address(const DocumentedRoute& route) {
    std::string path = route.pattern;
    for (size_t open; (open = path.find('{')) != std::string::npos;) {
      path.replace(open, path.find('}') - open + 1, "x");
    }
    return path;
  }
  // The cookie that a login set, as the browser sends it back.
  static std::string CookieOf(const Response& response) {
    for (const auto& [name, value] : response.headers) {
      if (name == "Set-Cookie") return value.substr(0, value.find(';'));
    }
    return "";
  }

  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  api::testing::RealCoordinator coordinator_;
  coordinator::AccessControl access_{
      coordinator_.store(), {.required = true}, [this] { return now_ += absl::Seconds(1); }};
  testing::TempDir web_;
  Gateway gateway_{
      {.context = {coordinator_.get(), api::testing::AnalyzerDefaults(),
                   [](const v1::ReadSpecRequest&) { return v1::ReadSpecResponse(); },
                   [] { return convert::ServerInfo{"test", 7, {}, "", "", ""}; }, &access_},
       .web_root = web_.path(),
       .own_names = {}}};
  std::map<Role, std::string> tokens_;
};

TEST_F(DoorTest, EveryRouteHasARuleAndEveryRuleARouteOrRpc) {
  std::set<std::string> routes;
  for (const DocumentedRoute& route : gateway_.routes()) {
    EXPECT_NE(access::FindRule(ActionOf(route)), nullptr)
        << ActionOf(route) << " is missing in server/access/rules.cc";
    routes.insert(ActionOf(route));
  }
  for (const access::Rule& rule : access::Rules()) {
    const std::string action = rule.action;
    if (action.find(' ') != std::string::npos) EXPECT_EQ(routes.count(action), 1u) << action;
  }
}

TEST_F(DoorTest, EveryRouteIsForItsRolesAlone) {
  for (const DocumentedRoute& route : gateway_.routes()) {
    const access::Rule& rule = *access::FindRule(ActionOf(route));
    if (rule.open) continue;
    for (const auto& [role, token] : tokens_) {
      const int status = Send(route.method, Address(route), Bearer(token)).status;
      EXPECT_EQ(status != 403, rule.roles.Has(role))
          << route.method << " " << route.pattern << " by " << access::RoleName(role);
      EXPECT_NE(status, 401) << route.pattern;
    }
  }
}

TEST_F(DoorTest, NoRouteIsForWrongCredentials) {
  const std::string expired =
      access_.CreateToken("expired", Role::kAdmin, absl::Seconds(1), access::Caller())->token;
  const std::string revoked =
      access_.CreateToken("revoked", Role::kAdmin, absl::Hours(1), access::Caller())->token;
  ASSERT_TRUE(access_.RevokeToken("revoked").ok());
  now_ += absl::Minutes(1);
  for (const DocumentedRoute& route : gateway_.routes()) {
    if (access::FindRule(ActionOf(route))->open) continue;
    EXPECT_EQ(Send(route.method, Address(route)).status, 401) << route.pattern;
    for (const std::string& token : {std::string("wrong"), access::NewToken(), expired, revoked}) {
      EXPECT_EQ(Send(route.method, Address(route), Bearer(token)).status, 401) << route.pattern;
    }
    const std::map<std::string, std::string> cookie = {
        {"cookie", "ff_session=" + tokens_[Role::kAdmin]}};
    EXPECT_EQ(Send(route.method, Address(route), cookie).status, 401) << route.pattern;
  }
}

TEST_F(DoorTest, HealthIsForEverybodyAndSaysNothingElse) {
  EXPECT_EQ(Send("GET", "/healthz").body, "ok\n");
  EXPECT_EQ(Send("GET", "/readyz").body, "ok\n");
}

TEST_F(DoorTest, ASessionReadsAndChangesWithItsFenceAlone) {
  const Response login =
      Send("POST", "/api/v1/session", {}, "{\"token\":\"" + tokens_[Role::kOperator] + "\"}");
  ASSERT_EQ(login.status, 200) << login.body;
  const auto answer = nlohmann::json::parse(login.body);
  EXPECT_EQ(answer["role"], "operator");
  for (const auto& [name, value] : login.headers) {
    if (name == "Set-Cookie") EXPECT_THAT(value, HasSubstr("; Path=/; HttpOnly; SameSite=Strict"));
  }
  EXPECT_EQ(login.body.find(tokens_[Role::kOperator]), std::string::npos);
  const std::string cookie = CookieOf(login);
  EXPECT_EQ(cookie.find(tokens_[Role::kOperator]), std::string::npos);
  EXPECT_EQ(Send("GET", "/api/v1/sweeps", {{"cookie", cookie}}).status, 200);

  const std::string pause = "/api/v1/sweeps/none:pause";
  EXPECT_EQ(Send("POST", pause, {{"cookie", cookie}}).status, 403);
  EXPECT_EQ(Send("POST", pause, {{"cookie", cookie}, {"x-ff-csrf", "guess"}}).status, 403);
  const std::string csrf = answer["csrf"];
  EXPECT_EQ(Send("POST", pause, {{"cookie", cookie}, {"x-ff-csrf", csrf}}).status, 404);

  EXPECT_EQ(Send("POST", "/api/v1/session:end", {{"cookie", cookie}}).status, 200);
  EXPECT_EQ(Send("GET", "/api/v1/sweeps", {{"cookie", cookie}}).status, 401);
}

TEST_F(DoorTest, ASessionEndsWithItsToken) {
  const Response login =
      Send("POST", "/api/v1/session", {}, "{\"token\":\"" + tokens_[Role::kViewer] + "\"}");
  const std::string cookie = CookieOf(login);
  EXPECT_EQ(Send("GET", "/api/v1/sweeps", {{"cookie", cookie}}).status, 200);
  ASSERT_TRUE(access_.RevokeToken("role1").ok());
  EXPECT_EQ(Send("GET", "/api/v1/sweeps", {{"cookie", cookie}}).status, 401);
}

TEST_F(DoorTest, LoginRefusesWrongTokensAndWorkers) {
  EXPECT_EQ(Send("POST", "/api/v1/session", {}, R"({"token":"wrong"})").status, 401);
  EXPECT_EQ(Send("POST", "/api/v1/session", {}, "not json").status, 401);
  EXPECT_EQ(
      Send("POST", "/api/v1/session", {}, "{\"token\":\"" + tokens_[Role::kWorker] + "\"}").status,
      403);
}

TEST_F(DoorTest, WhoAsksWithoutCredentialsIsToldThatTheyAreNeeded) {
  const auto answer = nlohmann::json::parse(Send("GET", "/api/v1/session").body);
  EXPECT_EQ(answer["required"], true);
  EXPECT_EQ(answer["authenticated"], false);
}

TEST_F(DoorTest, AnotherPagesOriginChangesNothing) {
  const Response login =
      Send("POST", "/api/v1/session", {}, "{\"token\":\"" + tokens_[Role::kOperator] + "\"}");
  const std::string csrf = nlohmann::json::parse(login.body)["csrf"];
  const Response forged =
      Send("POST", "/api/v1/sweeps/none:pause",
           {{"cookie", CookieOf(login)}, {"x-ff-csrf", csrf}, {"origin", "https://evil.example"}});
  EXPECT_EQ(forged.status, 403);
  EXPECT_THAT(forged.body, HasSubstr("evil.example"));
}

TEST_F(DoorTest, TokensAreMadeShownOnceAndRevoked) {
  const auto admin = Bearer(tokens_[Role::kAdmin]);
  const Response made = Send("POST", "/api/v1/tokens", admin, R"({"name":"ann","role":"viewer"})");
  ASSERT_EQ(made.status, 200) << made.body;
  const std::string token = nlohmann::json::parse(made.body)["token"];
  EXPECT_EQ(Send("GET", "/api/v1/sweeps", Bearer(token)).status, 200);
  EXPECT_EQ(Send("GET", "/api/v1/tokens", admin).body.find(token), std::string::npos);
  EXPECT_EQ(Send("GET", "/api/v1/tokens", admin).body.find(access::HashToken(token)),
            std::string::npos);
  EXPECT_EQ(Send("POST", "/api/v1/tokens/ann:revoke", admin).status, 200);
  EXPECT_EQ(Send("GET", "/api/v1/sweeps", Bearer(token)).status, 401);
  const auto audit = nlohmann::json::parse(Send("GET", "/api/v1/audit", admin).body);
  ASSERT_EQ(audit["entries"].size(), 2u);
  EXPECT_EQ(audit["entries"][0]["action"], "AccessService.RevokeToken");
  EXPECT_EQ(audit["entries"][0]["subject"], "ann");
  EXPECT_EQ(audit["entries"][0]["outcome"], "OK");
  EXPECT_EQ(audit["entries"][0]["peer"], "10.0.0.9");
  EXPECT_EQ(audit["entries"][1]["who"], "role4");
}

}  // namespace
}  // namespace ff::gateway
