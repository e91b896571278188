#include "server/gateway/router.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/gateway/reply.h"
#include "server/gateway/url.h"

namespace ff::gateway {

void Router::Add(const std::string& method, const std::string& pattern, RouteDoc doc,
                 Handler handler) {
  documented_.push_back({method, pattern, std::move(doc)});
  Route route;
  route.method = method;
  for (absl::string_view segment : PathSegments(pattern)) route.segments.emplace_back(segment);
  std::string& last = route.segments.back();
  if (const size_t colon = last.find("}:"); colon != std::string::npos) {
    route.verb = last.substr(colon + 2);
    last.resize(colon + 1);
  }
  route.handler = std::move(handler);
  routes_.push_back(std::move(route));
}

bool Router::Match(const Route& route, const std::vector<absl::string_view>& segments,
                   PathParams* params) {
  if (segments.size() != route.segments.size()) return false;
  for (size_t i = 0; i < segments.size(); ++i) {
    absl::string_view pattern = route.segments[i];
    absl::string_view segment = segments[i];
    if (i + 1 == segments.size() && !route.verb.empty() &&
        !absl::ConsumeSuffix(&segment, absl::StrCat(":", route.verb))) {
      return false;
    }
    if (!absl::ConsumePrefix(&pattern, "{")) {
      if (segment != pattern) return false;
      continue;
    }
    absl::StatusOr<std::string> value = PercentDecode(segment);
    if (!value.ok() || value->empty()) return false;
    (*params)[std::string(absl::StripSuffix(pattern, "}"))] = *std::move(value);
  }
  return true;
}

Response Router::Dispatch(const Request& request) const {
  const std::vector<absl::string_view> segments = PathSegments(request.path);
  const std::string method = request.method == "HEAD" ? "GET" : request.method;
  std::string allowed;
  for (size_t i = 0; i < routes_.size(); ++i) {
    const Route& route = routes_[i];
    PathParams params;
    if (!Match(route, segments, &params)) continue;
    if (route.method == method) {
      return gate_ ? gate_(documented_[i], request, params, route.handler)
                   : route.handler(request, params);
    }
    absl::StrAppend(&allowed, allowed.empty() ? "" : ", ", route.method);
  }
  if (allowed.empty()) {
    return ErrorReply(absl::NotFoundError(
        absl::StrCat("there is nothing at ", request.path, "; the API is under /api/v1")));
  }
  Response response = ErrorReply(
      405, absl::UnimplementedError(absl::StrCat(request.path, " takes ", allowed, " only")));
  response.headers.emplace_back("Allow", allowed);
  return response;
}

}  // namespace ff::gateway
