#include "server/gateway/guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ff::gateway {
namespace {

using ::testing::HasSubstr;

Request Get(const std::string& host) { return {"GET", "/", {}, {{"host", host}}, ""}; }

Request Post(std::map<std::string, std::string> headers) {
  headers.emplace("host", "localhost:7411");
  headers.emplace("content-length", "2");
  headers.emplace("content-type", "application/json");
  return {"POST", "/", {}, std::move(headers), "{}"};
}

int HeadStatus(const Request& request, const std::vector<std::string>& own_names = {}) {
  const auto refusal = CheckHead(request, own_names, 1000);
  return refusal.has_value() ? refusal->status : 200;
}

int PostStatus(const Request& request) {
  const auto refusal = CheckPost(request);
  return refusal.has_value() ? refusal->status : 200;
}

TEST(CheckHead, LoopbackNamesAndAddressesAreWelcome) {
  for (const char* host : {"localhost", "localhost:7411", "LOCALHOST.:7411", "a.localhost:1",
                           "127.0.0.1:7411", "[::1]:7411", "10.1.2.3"}) {
    EXPECT_EQ(HeadStatus(Get(host)), 200) << host;
  }
}

TEST(CheckHead, NamesThatAreNotOursAreRefused) {
  for (const char* host : {"", "evil.example", "evil.example:7411", "localhost.evil.example",
                           "127.0.0.1.evil.example", "notlocalhost", "[evil]", "[", ":80"}) {
    EXPECT_EQ(HeadStatus(Get(host)), 403) << host;
  }
  EXPECT_THAT(CheckHead(Get("evil.example"), {}, 1000)->body, HasSubstr("PERMISSION_DENIED"));
}

TEST(CheckHead, ConfiguredNamesAreWelcome) {
  EXPECT_EQ(HeadStatus(Get("Cluster-Head:7411"), {"cluster-head"}), 200);
  EXPECT_EQ(HeadStatus(Get("cluster-head.evil:7411"), {"cluster-head"}), 403);
}

TEST(CheckHead, OtherMethodsAreRefused) {
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get"}) {
    Request request = Get("localhost");
    request.method = method;
    EXPECT_EQ(HeadStatus(request), 405) << method;
  }
}

TEST(CheckHead, BodiesOfUnknownOrTooGreatLengthAreRefused) {
  EXPECT_EQ(HeadStatus(Post({})), 200);
  EXPECT_EQ(HeadStatus(Post({{"content-length", "1000"}})), 200);
  EXPECT_EQ(HeadStatus(Post({{"content-length", "1001"}})), 413);
  EXPECT_EQ(HeadStatus(Post({{"content-length", "-1"}})), 411);
  EXPECT_EQ(HeadStatus(Post({{"content-length", ""}})), 411);
  EXPECT_EQ(HeadStatus(Post({{"transfer-encoding", "chunked"}})), 411);
  EXPECT_EQ(HeadStatus(Post({{"content-encoding", "gzip"}})), 415);
}

TEST(CheckPost, OnlyJson) {
  EXPECT_EQ(PostStatus(Post({})), 200);
  EXPECT_EQ(PostStatus(Post({{"content-type", "Application/JSON ; charset=utf-8"}})), 200);
  // What a foreign page's form can send without being asked first.
  for (const char* type : {"", "text/plain", "application/x-www-form-urlencoded",
                           "multipart/form-data", "text/plain;application/json"}) {
    EXPECT_EQ(PostStatus(Post({{"content-type", type}})), 415) << type;
  }
}

TEST(CheckPost, OnlyPagesOfOurOwn) {
  EXPECT_EQ(PostStatus(Post({{"origin", "http://localhost:7411"}})), 200);
  EXPECT_EQ(PostStatus(Post({{"origin", "https://LOCALHOST:7411"}})), 200);
  for (const char* origin : {"null", "http://localhost:8000", "http://localhost",
                             "http://evil.example", "http://localhost:7411.evil.example"}) {
    EXPECT_EQ(PostStatus(Post({{"origin", origin}})), 403) << origin;
  }
}

}  // namespace
}  // namespace ff::gateway
