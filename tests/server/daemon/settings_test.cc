#include "server/daemon/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conf/load/load.h"
#include "server/daemon/flags.h"
#include "tests/server/gateway/temp_dir.h"

namespace ff::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

absl::StatusOr<Settings> Make(const std::vector<std::string>& overrides) {
  const auto config = conf::LoadConfig({.overrides = overrides, .stage = "coordinator"});
  if (!config.ok()) return config.status();
  return MakeSettings(*config, "test");
}

TEST(MakeSettings, EveryKeyArrives) {
  gateway::testing::TempDir web;
  web.Write("index.html", "x");
  const auto settings =
      Make({"listen.grpc=unix:/x", "listen.http=127.0.0.1:99", "database.path=/d",
            "database.synchronous=normal", "lease.sync_interval_seconds=3",
            "lease.lease_seconds=40", "lease.restart_grace_seconds=50", "retry.max_retries=6",
            "log.level=debug", "web_root=" + web.path(), "analyzer.fitting.method=empirical"});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->grpc.unix_path, "/x");
  EXPECT_EQ(settings->http->port, 99);
  EXPECT_EQ(settings->database, "/d");
  EXPECT_EQ(settings->sqlite.synchronous, storage::Synchronous::kNormal);
  EXPECT_EQ(settings->coordinator.sync_interval, absl::Seconds(3));
  EXPECT_EQ(settings->coordinator.lease_length, absl::Seconds(40));
  EXPECT_EQ(settings->coordinator.restart_grace, absl::Seconds(50));
  EXPECT_EQ(settings->coordinator.max_retries, 6);
  EXPECT_EQ(settings->coordinator.version, "test");
  EXPECT_EQ(settings->log_level, "debug");
  EXPECT_EQ(settings->web_root, web.path());
  EXPECT_EQ(settings->analyzer_defaults.fitting().method(), "empirical");
}

TEST(MakeSettings, DefaultsAreSafe) {
  const auto settings = Make({});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_TRUE(settings->grpc.IsLocal());
  EXPECT_TRUE(settings->http->IsLocal());
  EXPECT_EQ(settings->sqlite.synchronous, storage::Synchronous::kFull);
}

TEST(MakeSettings, HttpMayBeLeftOut) {
  const auto settings = Make({"listen.http="});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_FALSE(settings->http.has_value());
}

TEST(MakeSettings, RefusesWithTheKeyAndWhatToDo) {
  const auto refusal = [](const std::string& word) {
    return std::string(Make({word}).status().message());
  };
  EXPECT_THAT(refusal("listen.http=0.0.0.0:80"), HasSubstr("listen.insecure_public=true"));
  EXPECT_THAT(refusal("listen.grpc=10.0.0.1:80"), HasSubstr("listen.insecure_public=true"));
  EXPECT_THAT(refusal("listen.http=unix:/x"), HasSubstr("browsers need HOST:PORT"));
  EXPECT_THAT(refusal("lease.lease_seconds=1"), HasSubstr("lease.sync_interval_seconds"));
  EXPECT_THAT(refusal("web_root=/nowhere"), HasSubstr("no index.html"));
}

TEST(ParseFlags, TakesFilesAndWords) {
  const char* argv[] = {"ff-coordinator", "--config", "a.yaml",         "listen.http=",
                        "--config",       "b.yaml",   "log.level=debug"};
  const Flags flags = ParseFlags(7, argv, "1");
  EXPECT_FALSE(flags.exit_code.has_value());
  EXPECT_THAT(flags.config_files, ElementsAre("a.yaml", "b.yaml"));
  EXPECT_THAT(flags.overrides, ElementsAre("listen.http=", "log.level=debug"));
}

TEST(ParseFlags, MistakesEndWithTwo) {
  const char* argv[] = {"ff-coordinator", "--nonsense"};
  EXPECT_EQ(ParseFlags(2, argv, "1").exit_code, 2);
}

}  // namespace
}  // namespace ff::daemon
