#include "server/gateway/static_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/gateway/temp_dir.h"

namespace ff::gateway {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

class StaticFilesTest : public ::testing::Test {
 protected:
  StaticFilesTest() {
    dir_.Write("secret.txt", "secret");
    dir_.Write("web/index.html", "<p>hello");
    dir_.Write("web/lib/api.js", "let a;");
    dir_.Write("web/vendor/plotly.min.js", "long");
    dir_.Write("web/vendor/plotly.min.js.gz", "short");
    dir_.Write("web/.hidden", "hidden");
  }
  Response Get(const std::string& path, std::map<std::string, std::string> headers = {}) {
    return StaticFiles(dir_.path("web")).Serve({"GET", path, {}, std::move(headers), ""});
  }
  std::string Header(const Response& response, const std::string& name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return "";
  }

  testing::TempDir dir_;
};

TEST_F(StaticFilesTest, ServesPagesWithTheirTypes) {
  EXPECT_EQ(Get("/").body, "<p>hello");
  EXPECT_EQ(Get("/").content_type, "text/html; charset=utf-8");
  EXPECT_EQ(Get("/lib/api.js").body, "let a;");
  EXPECT_EQ(Get("/lib/api.js").content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(Get("/lib/%61pi.js").status, 200);
}

TEST_F(StaticFilesTest, NothingOutsideTheFolder) {
  for (const char* path :
       {"/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/lib/../../secret.txt",
        "/lib/%2e%2e%2f%2e%2e%2fsecret.txt", "//secret.txt", "/.hidden", "/%2ehidden",
        "/./index.html", "/..\\secret.txt", "/index.html%00.js", "/lib", "/lib/", "", "/absent",
        "/%zz"}) {
    EXPECT_EQ(Get(path).status, 404) << path;
    EXPECT_THAT(Get(path).body, Not(HasSubstr("secret\"")));
  }
}

TEST_F(StaticFilesTest, SendsTheCompressedFileToWhoTakesIt) {
  const Response gzip = Get("/vendor/plotly.min.js", {{"accept-encoding", "br, gzip;q=0.8"}});
  EXPECT_EQ(gzip.body, "short");
  EXPECT_EQ(Header(gzip, "Content-Encoding"), "gzip");
  EXPECT_EQ(gzip.content_type, "text/javascript; charset=utf-8");
  for (const char* accept : {"", "br", "gzip;q=0", "gzip; q=0", "notgzip"}) {
    const Response plain = Get("/vendor/plotly.min.js", {{"accept-encoding", accept}});
    EXPECT_EQ(plain.body, "long") << accept;
    EXPECT_THAT(plain.headers, Not(Contains(Key("Content-Encoding"))));
    EXPECT_EQ(Header(plain, "Vary"), "Accept-Encoding");
  }
}

TEST_F(StaticFilesTest, WhatThePageNamesIsKeptUntilAFileChanges) {
  dir_.Write("web/index.html", "<script src=\"v/@VERSION@/lib/api.js\">");
  const Response page = Get("/");
  EXPECT_EQ(Header(page, "Cache-Control"), "no-cache");
  const std::string version = StaticFiles(dir_.path("web")).Version();
  EXPECT_EQ(page.body, "<script src=\"v/" + version + "/lib/api.js\">");
  const Response script = Get("/v/" + version + "/lib/api.js");
  EXPECT_EQ(script.body, "let a;");
  EXPECT_EQ(Header(script, "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(Get("/v/" + version + "/vendor/plotly.min.js", {{"accept-encoding", "gzip"}}).body,
            "short");

  dir_.Write("web/lib/api.js", "let another;");
  const Response old = Get("/v/" + version + "/lib/api.js");
  EXPECT_EQ(old.body, "let another;");
  EXPECT_EQ(Header(old, "Cache-Control"), "no-cache");
  EXPECT_THAT(Get("/").body, Not(HasSubstr(version)));
  EXPECT_EQ(Get("/", {{"if-none-match", Header(page, "ETag")}}).status, 200);
  EXPECT_EQ(Get("/v/" + version + "/../secret.txt").status, 404);
  EXPECT_EQ(Get("/v/" + version).status, 404);
}

TEST_F(StaticFilesTest, UnchangedFilesAreNotSentAgain) {
  const std::string etag = Header(Get("/"), "ETag");
  const Response again = Get("/", {{"if-none-match", etag}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  dir_.Write("web/index.html", "<p>hello again");
  EXPECT_EQ(Get("/", {{"if-none-match", etag}}).status, 200);
}

TEST_F(StaticFilesTest, WithoutAFolderItSaysWhatToDo) {
  const Response response = StaticFiles("").Serve({"GET", "/", {}, {}, ""});
  EXPECT_EQ(response.status, 404);
  EXPECT_THAT(response.body, HasSubstr("web_root=DIR"));
}

}  // namespace
}  // namespace ff::gateway
