// Finds the handler of a request: a table of method and pattern, tried in order.
// Not thread-safe while routes are added; Dispatch may then be called from any thread.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/gateway/message.h"

namespace ff::gateway {

// What stood in the place of each {name} of the pattern, decoded.
using PathParams = std::map<std::string, std::string>;
using Handler = std::function<Response(const Request&, const PathParams&)>;

class Router {
 public:
  // Pattern: "/api/v1/sweeps/{sweep}/fit"; a last segment "{sweep}:pause" matches what ends
  // in ":pause". GET routes answer HEAD too.
  void Add(const std::string& method, const std::string& pattern, Handler handler);

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

  std::vector<Route> routes_;
};

}  // namespace ff::gateway
