// Tokens, the registry, sessions, rate limits and the table of rules, without a store.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "server/access/caller.h"
#include "server/access/rate_limit.h"
#include "server/access/registry.h"
#include "server/access/rules.h"
#include "server/access/sessions.h"
#include "server/access/token.h"

namespace ff::access {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

Credential Of(const std::string& token, absl::Time expires = absl::InfiniteFuture()) {
  Credential one;
  one.id = NewId();
  one.name = "ann";
  one.role = Role::kOperator;
  one.hash = HashToken(token);
  one.expires_at = expires;
  return one;
}

TEST(Token, IsRandomAndOfOneForm) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string token = NewToken();
    EXPECT_TRUE(LooksLikeToken(token)) << token;
    seen.insert(token);
  }
  EXPECT_EQ(seen.size(), 1000u);
  EXPECT_EQ(NewId().size(), 12u);
}

TEST(Token, HashIsSha256) {
  EXPECT_EQ(HashToken("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Token, OthersAreNotTakenForOne) {
  for (const char* text : {"", "ff_", "ff_short", "xx_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                           "ff_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n="}) {
    EXPECT_FALSE(LooksLikeToken(text)) << text;
  }
}

TEST(Registry, KnowsTheTokenUntilItExpires) {
  Registry registry;
  const std::string token = NewToken();
  registry.Put(Of(token, kNow + absl::Hours(1)));
  EXPECT_EQ(registry.Find(HashToken(token), kNow)->name, "ann");
  EXPECT_TRUE(
      absl::IsUnauthenticated(registry.Find(HashToken(token), kNow + absl::Hours(1)).status()));
}

TEST(Registry, UnknownExpiredAndRevokedReadAlike) {
  Registry registry;
  const std::string token = NewToken();
  Credential one = Of(token);
  one.revoked_at = kNow;
  registry.Put(one);
  const std::string revoked(registry.Find(HashToken(token), kNow).status().message());
  EXPECT_EQ(registry.Find(HashToken(NewToken()), kNow).status().message(), revoked);
  EXPECT_EQ(registry.Find("", kNow).status().message(), revoked);
}

TEST(Registry, TellsUsesOnce) {
  Registry registry;
  const std::string token = NewToken();
  const Credential one = Of(token);
  registry.Put(one);
  ASSERT_TRUE(registry.Find(HashToken(token), kNow).ok());
  ASSERT_TRUE(registry.Find(HashToken(token), kNow + absl::Seconds(5)).ok());
  const auto uses = registry.TakeUses();
  ASSERT_EQ(uses.size(), 1u);
  EXPECT_EQ(uses[0].first, one.id);
  EXPECT_EQ(uses[0].second, kNow + absl::Seconds(5));
  EXPECT_TRUE(registry.TakeUses().empty());
}

TEST(Sessions, EndByTimeByCredentialAndByLogout) {
  Sessions sessions(absl::Hours(12));
  const std::string cookie = sessions.Begin("id", absl::InfiniteFuture(), kNow);
  ASSERT_TRUE(sessions.Find(cookie, kNow).has_value());
  EXPECT_NE(sessions.Find(cookie, kNow)->csrf, cookie);
  EXPECT_FALSE(sessions.Find(cookie, kNow + absl::Hours(12)).has_value());
  const std::string brief = sessions.Begin("id", kNow + absl::Minutes(1), kNow);
  EXPECT_FALSE(sessions.Find(brief, kNow + absl::Minutes(1)).has_value());
  const std::string ended = sessions.Begin("id", absl::InfiniteFuture(), kNow);
  sessions.End(ended);
  EXPECT_FALSE(sessions.Find(ended, kNow).has_value());
  EXPECT_FALSE(sessions.Find("anything", kNow).has_value());
}

TEST(RateLimit, GivesTheBurstThenTheRate) {
  RateLimit limit(10, 5);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(limit.Take("a", kNow), absl::ZeroDuration()) << i;
  const absl::Duration wait = limit.Take("a", kNow);
  EXPECT_GT(wait, absl::Milliseconds(99));
  EXPECT_LE(wait, absl::Milliseconds(101));
  EXPECT_EQ(limit.Take("b", kNow), absl::ZeroDuration());
  EXPECT_EQ(limit.Take("a", kNow + absl::Milliseconds(101)), absl::ZeroDuration());
  EXPECT_GT(limit.Take("a", kNow + absl::Milliseconds(102)), absl::ZeroDuration());
}

TEST(RateLimit, ManyAddressesDoNotFillTheMemory) {
  RateLimit limit(1, 1);
  for (int i = 0; i < 100000; ++i) limit.Take(std::to_string(i), kNow);
  EXPECT_EQ(limit.Take("new", kNow), absl::ZeroDuration());
}

TEST(Rules, EachActionHasOne) {
  std::set<std::string> actions;
  for (const Rule& rule : Rules()) {
    EXPECT_TRUE(actions.insert(rule.action).second) << rule.action << " is there twice";
    EXPECT_EQ(FindRule(rule.action), &rule);
  }
  EXPECT_EQ(FindRule("SweepService.Unknown"), nullptr);
}

TEST(Rules, WorkersReadNothingAndViewersChangeNothing) {
  for (const Rule& rule : Rules()) {
    if (rule.open) continue;
    if (rule.change) EXPECT_FALSE(rule.roles.Has(Role::kViewer)) << rule.action;
    if (rule.change) EXPECT_FALSE(rule.roles.Has(Role::kWorker)) << rule.action;
    if (rule.roles.Has(Role::kViewer)) {
      EXPECT_TRUE(rule.roles.Has(Role::kOperator) && rule.roles.Has(Role::kAdmin)) << rule.action;
    }
  }
}

TEST(Caller, SaysWhoItIsBeforeWhatHeSaysOfHimself) {
  Caller caller;
  EXPECT_EQ(caller.By("ann with ffctl"), "ann with ffctl");
  caller.name = "lab";
  caller.role = Role::kOperator;
  EXPECT_EQ(caller.By("ann with ffctl"), "lab (operator), ann with ffctl");
  EXPECT_EQ(caller.By(""), "lab (operator)");
}

TEST(TraceId, IsTakenFromWellFormedHeadersAlone) {
  const std::string id = "0af7651916cd43dd8448eb211c80319c";
  EXPECT_EQ(TraceIdOf("00-" + id + "-b7ad6b7169203331-01"), id);
  for (const std::string& text : {std::string(), "00-" + id, "01-" + id + "-b7ad6b7169203331-01",
                                  "00-" + id.substr(0, 31) + "\n-b7ad6b7169203331-01"}) {
    EXPECT_EQ(TraceIdOf(text), "") << text;
  }
}

}  // namespace
}  // namespace ff::access
