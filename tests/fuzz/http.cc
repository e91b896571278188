// The HTTP door behind its library: heads, routes, query parameters, bodies, files.
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "ff/v1/sweep.pb.h"
#include "server/convert/json.h"
#include "server/gateway/guard.h"
#include "server/gateway/query.h"
#include "server/gateway/read_body.h"
#include "server/gateway/reply.h"
#include "server/gateway/router.h"
#include "server/gateway/static_files.h"
#include "server/gateway/url.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/scratch.h"
#include "tests/fuzz/targets.h"

namespace ff::fuzz {
namespace {

using gateway::PathParams;
using gateway::Request;
using gateway::Response;

// Decoded as browsers encode; what can't be decoded stays as it was sent.
std::string Decoded(absl::string_view text) {
  return gateway::PercentDecode(text).value_or(std::string(text));
}

// "METHOD TARGET\nname: value\n...\n\nbody": what the library makes of a request.
Request Parse(absl::string_view input) {
  Request request;
  const size_t end = std::min(input.find("\n\n"), input.size());
  const absl::string_view head = input.substr(0, end);
  request.body = std::string(input.substr(std::min(end + 2, input.size())));
  std::vector<absl::string_view> lines = absl::StrSplit(head, '\n');
  const std::pair<absl::string_view, absl::string_view> first =
      absl::StrSplit(lines[0], absl::MaxSplits(' ', 1));
  request.method = std::string(first.first);
  request.path = std::string(first.second.substr(0, first.second.find('?')));
  if (const size_t mark = first.second.find('?'); mark != absl::string_view::npos) {
    for (absl::string_view word : absl::StrSplit(first.second.substr(mark + 1), '&')) {
      const std::pair<absl::string_view, absl::string_view> pair =
          absl::StrSplit(word, absl::MaxSplits('=', 1));
      request.query.emplace(Decoded(pair.first), Decoded(pair.second));
    }
  }
  lines.erase(lines.begin());
  for (absl::string_view line : lines) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(line, absl::MaxSplits(": ", 1));
    request.headers.emplace(absl::AsciiStrToLower(pair.first), std::string(pair.second));
  }
  return request;
}

// A body that is taken is written as JSON that reads as the same message.
void CheckBody(const v1::CreateSweepRequest& message) {
  const auto json = convert::ToJson(message);
  if (!json.ok()) return;  // a timestamp of no year
  v1::CreateSweepRequest again;
  Check(convert::MergeJson(*json, &again).ok(), "what is written can be read");
  Check(again.SerializeAsString() == message.SerializeAsString(), "and is the same");
}

Response Answer(const Request& request, const PathParams& params) {
  for (const auto& [name, value] : params) Check(!value.empty(), "a name in a path is not empty");
  for (const std::string& number : gateway::Words(request, "ids")) {
    Check(!number.empty(), "an empty word is no word");
  }
  const auto limit = gateway::SmallCount(request, "limit");
  if (!limit.ok()) return gateway::ErrorReply(limit.status());
  Check(*limit >= 0, "a count is not negative");
  const auto numbers = gateway::Numbers(request, "budgets");
  if (!numbers.ok()) return gateway::ErrorReply(numbers.status());
  v1::CreateSweepRequest message;
  if (absl::Status read = gateway::ReadBody(request, &message); !read.ok()) {
    return gateway::ErrorReply(read);
  }
  CheckBody(message);
  return gateway::JsonReply(message);
}

const gateway::Router& Routes() {
  static const auto* const kRouter = [] {
    auto* const router = new gateway::Router();
    for (const auto& [method, pattern] : std::vector<std::pair<std::string, std::string>>{
             {"GET", "/api/v1/sweeps"},
             {"POST", "/api/v1/sweeps"},
             {"GET", "/api/v1/sweeps/{sweep}"},
             {"POST", "/api/v1/sweeps/{sweep}:pause"},
             {"GET", "/api/v1/sweeps/{sweep}/figures/{figure}"},
             {"GET", "/api/v1/experiments/{experiment}/logs"},
             {"GET", "/healthz"}}) {
      router->Add(method, pattern, {}, &Answer);
    }
    return router;
  }();
  return *kRouter;
}

constexpr char kSecret[] = "outside the folder";

const gateway::StaticFiles& Files() {
  static const Scratch scratch;
  static const gateway::StaticFiles files = [] {
    std::filesystem::create_directory(scratch.path() + "/web");
    scratch.Write("secret", kSecret);
    scratch.Write("web/index.html", "<!doctype html>");
    scratch.Write("web/.hidden", kSecret);
    return gateway::StaticFiles(scratch.path() + "/web");
  }();
  return files;
}

void Ask(absl::string_view input) {
  const Request request = Parse(input);
  if (const auto refusal = gateway::CheckHead(request, {"lab.example"}, 1 << 20)) {
    Check(refusal->status >= 400, "a refusal is an error");
  }
  gateway::CheckPost(request);
  const Response response = Routes().Dispatch(request);
  Check(response.status >= 200 && response.status < 500, "a request is answered or refused");
  Check(nlohmann::json::accept(response.body), "in JSON");
  const Response file = Files().Serve(request);
  Check(!absl::StrContains(file.body, kSecret), "what lies outside or is hidden stays there");
}

}  // namespace

const std::vector<Target>& Targets() {
  static const auto* const kTargets = new std::vector<Target>{
      {"request",
       &Ask,
       {"GET ",
        "POST ",
        "HEAD ",
        "/api/v1/sweeps",
        ":pause",
        "/figures/",
        "?limit=",
        "&budgets=",
        "ids=",
        "%2F",
        "%2e%2e",
        "%00",
        "..",
        "/",
        "\\",
        "host: localhost",
        "host: [::1",
        "content-length: ",
        "content-type: application/json",
        "origin: http://",
        "accept-encoding: gzip;q=",
        "\n",
        "\n\n",
        "{\"name\":",
        "\"spec\":{",
        "}",
        "\"1970-01-01T00:00:00Z\"",
        "\"NaN\"",
        "1e400",
        "\\ud800"}},
  };
  return *kTargets;
}

}  // namespace ff::fuzz
