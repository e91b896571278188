#include "server/gateway/guard.h"

#include <arpa/inet.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/gateway/reply.h"

namespace ff::gateway {
namespace {

// "LocalHost.:80" -> "localhost", "[::1]:80" -> "::1".
std::string HostName(absl::string_view authority) {
  std::string host = absl::AsciiStrToLower(authority);
  if (absl::StartsWith(host, "[")) return host.substr(1, host.find(']') - 1);
  host = host.substr(0, host.find(':'));
  if (absl::EndsWith(host, ".")) host.pop_back();
  return host;
}

bool IsAddress(const std::string& host) {
  in6_addr buffer;
  return inet_pton(AF_INET, host.c_str(), &buffer) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &buffer) == 1;
}

bool IsOurs(const std::string& host, const std::vector<std::string>& own_names) {
  if (host == "localhost" || absl::EndsWith(host, ".localhost") || IsAddress(host)) return true;
  return std::any_of(own_names.begin(), own_names.end(),
                     [&](const std::string& name) { return absl::EqualsIgnoreCase(name, host); });
}

std::optional<Response> CheckBodyFraming(const Request& request, size_t max_body) {
  if (!request.Header("content-encoding").empty()) {
    return ErrorReply(415, absl::InvalidArgumentError("send the body without Content-Encoding"));
  }
  uint64_t length = 0;
  if (!request.Header("transfer-encoding").empty() ||
      !absl::SimpleAtoi(request.Header("content-length"), &length)) {
    return ErrorReply(
        411, absl::InvalidArgumentError("send Content-Length with a POST, 0 for an empty body"));
  }
  if (length > max_body) {
    return ErrorReply(413, absl::InvalidArgumentError(absl::StrCat(
                               "a body of ", length, " bytes is too large; at most ", max_body,
                               " are taken, and larger things go over gRPC (ffctl)")));
  }
  return std::nullopt;
}

}  // namespace

std::optional<Response> CheckHead(const Request& request, const std::vector<std::string>& own_names,
                                  size_t max_body) {
  const bool post = request.method == "POST";
  if (!post && request.method != "GET" && request.method != "HEAD") {
    Response response = ErrorReply(
        405, absl::UnimplementedError(absl::StrCat("method ", request.method, " is not known")));
    response.headers.emplace_back("Allow", "GET, HEAD, POST");
    return response;
  }
  if (!IsOurs(HostName(request.Header("host")), own_names)) {
    return ErrorReply(absl::PermissionDeniedError(
        absl::StrCat("Host '", request.Header("host"),
                     "' is not this server's name; use localhost, its address, or the name that "
                     "listen.http gives")));
  }
  return post ? CheckBodyFraming(request, max_body) : std::nullopt;
}

std::optional<Response> CheckPost(const Request& request) {
  const std::string& type = request.Header("content-type");
  const absl::string_view essence = absl::StripAsciiWhitespace(
      *absl::StrSplit(absl::string_view(type), absl::MaxSplits(';', 1)).begin());
  if (!absl::EqualsIgnoreCase(essence, "application/json")) {
    return ErrorReply(
        415, absl::InvalidArgumentError("send a POST with Content-Type: application/json"));
  }
  const std::string& origin = request.Header("origin");
  const std::string& host = request.Header("host");
  if (!origin.empty() && !absl::EqualsIgnoreCase(origin, absl::StrCat("http://", host)) &&
      !absl::EqualsIgnoreCase(origin, absl::StrCat("https://", host))) {
    return ErrorReply(absl::PermissionDeniedError(
        absl::StrCat("a page of ", origin, " may not change anything at ", host)));
  }
  return std::nullopt;
}

const std::vector<std::pair<std::string, std::string>>& SecurityHeaders() {
  // Plotly writes style elements and shows exported images from blob: and data: addresses.
  static const auto* const headers = new std::vector<std::pair<std::string, std::string>>{
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
       "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; "
       "form-action 'none'; frame-ancestors 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Resource-Policy", "same-origin"}};
  return *headers;
}

}  // namespace ff::gateway
