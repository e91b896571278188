#include "server/gateway/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/gateway/query.h"
#include "server/gateway/url.h"

namespace ff::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// Answers with its own name and the parameters it got: "pause sweep=s".
Handler Echo(const std::string& name) {
  return [name](const Request&, const PathParams& params) {
    Response response;
    response.body = name;
    for (const auto& [key, value] : params) response.body += " " + key + "=" + value;
    return response;
  };
}

Response Ask(const std::string& method, const std::string& path) {
  Router router;
  router.Add("GET", "/v1/sweeps", {}, Echo("list"));
  router.Add("POST", "/v1/sweeps", {}, Echo("create"));
  router.Add("GET", "/v1/sweeps/{sweep}", {}, Echo("get"));
  router.Add("POST", "/v1/sweeps/{sweep}:pause", {}, Echo("pause"));
  router.Add("GET", "/v1/sweeps/{sweep}/experiments/{exp}", {}, Echo("experiment"));
  return router.Dispatch({method, path, {}, {}, ""});
}

TEST(Router, FindsByMethodAndPath) {
  EXPECT_EQ(Ask("GET", "/v1/sweeps").body, "list");
  EXPECT_EQ(Ask("HEAD", "/v1/sweeps").body, "list");
  EXPECT_EQ(Ask("POST", "/v1/sweeps").body, "create");
  EXPECT_EQ(Ask("GET", "/v1/sweeps/a/experiments/b").body, "experiment exp=b sweep=a");
}

TEST(Router, VerbsFollowTheLastColon) {
  EXPECT_EQ(Ask("POST", "/v1/sweeps/a:pause").body, "pause sweep=a");
  EXPECT_EQ(Ask("POST", "/v1/sweeps/a%3Apause:pause").body, "pause sweep=a:pause");
  EXPECT_EQ(Ask("POST", "/v1/sweeps/:pause").status, 405);
}

TEST(Router, NamesMayHoldAnything) {
  EXPECT_EQ(Ask("GET", "/v1/sweeps/%40latest").body, "get sweep=@latest");
  EXPECT_EQ(Ask("GET", "/v1/sweeps/a%2Fb%20c+d").body, "get sweep=a/b c+d");
  EXPECT_EQ(Ask("GET", "/v1/sweeps/a%2").status, 404);
}

TEST(Router, SaysWhatIsWrong) {
  const Response nothing = Ask("GET", "/v1/nonsense");
  EXPECT_EQ(nothing.status, 404);
  EXPECT_THAT(nothing.body, HasSubstr(R"({"error":{"code":"NOT_FOUND","message":"there is)"));
  const Response method = Ask("GET", "/v1/sweeps/a:pause");
  EXPECT_EQ(method.body, "get sweep=a:pause");
  const Response wrong = Ask("POST", "/v1/sweeps/a/experiments/b");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_THAT(wrong.headers, ::testing::Contains(Pair("Allow", "GET")));
  EXPECT_EQ(Ask("GET", "/v1/sweeps/").status, 404);
}

TEST(PercentDecode, RefusesHalfEscapes) {
  EXPECT_EQ(PercentDecode("%41%7e").value(), "A~");
  for (const char* text : {"%", "%4", "%zz", "x%"}) EXPECT_FALSE(PercentDecode(text).ok()) << text;
}

Request WithQuery(std::multimap<std::string, std::string> query) {
  return {"GET", "/", std::move(query), {}, ""};
}

TEST(Query, Counts) {
  const Request request = WithQuery({{"n", "12"}, {"minus", "-1"}, {"word", "x"}, {"no", ""}});
  EXPECT_EQ(Count(request, "n").value(), 12);
  EXPECT_EQ(Count(request, "absent").value(), 0);
  EXPECT_EQ(Count(request, "no").value(), 0);
  EXPECT_THAT(Count(request, "minus").status().message(), HasSubstr("minus=-1"));
  EXPECT_FALSE(Count(request, "word").ok());
  EXPECT_FALSE(SmallCount(WithQuery({{"n", "3000000000"}}), "n").ok());
}

TEST(Query, Lists) {
  const Request request = WithQuery({{"s", "a,b"}, {"s", "c"}, {"x", "1e15,2"}, {"bad", "1,inf"}});
  EXPECT_THAT(Words(request, "s"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Words(request, "absent"), IsEmpty());
  EXPECT_THAT(Numbers(request, "x").value(), ElementsAre(1e15, 2));
  EXPECT_FALSE(Numbers(request, "bad").ok());
}

}  // namespace
}  // namespace ff::gateway
