// Finds the handler of a request: a table of method and pattern, tried in order.
// Not thread-safe while routes are added; Dispatch may then be called from any thread.
#pragma once

#include <google/protobuf/descriptor.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/gateway/message.h"

namespace ff::gateway {

// What stood in the place of each {name} of the pattern, decoded.
using PathParams = std::map<std::string, std::string>;
using Handler = std::function<Response(const Request&, const PathParams&)>;

struct QueryDoc {
  std::string name, type;  // string | integer | number | boolean
  std::string meaning;
};
// What the API's description says of a route; openapi.h writes it.
struct RouteDoc {
  std::string rpc;      // the same verb over gRPC: "SweepService.GetSweep"; empty: HTTP alone
  std::string summary;  // one sentence
  std::vector<QueryDoc> query{};
  const google::protobuf::Descriptor* body = nullptr;    // of a POST; null: none
  const google::protobuf::Descriptor* answer = nullptr;  // null: `media_type`
  std::string media_type{};
};
struct DocumentedRoute {
  std::string method, pattern;
  RouteDoc doc;
};

class Router {
 public:
  // Pattern: "/api/v1/sweeps/{sweep}/fit"; a last segment "{sweep}:pause" matches what ends
  // in ":pause". GET routes answer HEAD too.
  void Add(const std::string& method, const std::string& pattern, RouteDoc doc, Handler handler);

  // Stands before every handler from now on: calls it, or answers in its place.
  using Gate = std::function<Response(const DocumentedRoute&, const Request&, const PathParams&,
                                      const Handler&)>;
  void SetGate(Gate gate) { gate_ = std::move(gate); }

  // In the order they were added.
  const std::vector<DocumentedRoute>& documented() const { return documented_; }

  // Where nothing matches: 404, or 405 with Allow if only the method is wrong.
  Response Dispatch(const Request& request) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;
    std::string verb;  // after ':' in the last segment; empty: none
    Handler handler;
  };
  static bool Match(const Route& route, const std::vector<absl::string_view>& segments,
                    PathParams* params);

  Gate gate_;
  std::vector<Route> routes_;
  std::vector<DocumentedRoute> documented_;
};

}  // namespace ff::gateway
