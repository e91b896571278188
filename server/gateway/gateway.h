// The HTTP door: the coordinator's verbs as JSON under /api/v1, and the dashboard's files
// at /. Thread-safe but for Start and Stop, which belong to one thread.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/gateway/door.h"
#include "server/gateway/http_server.h"
#include "server/gateway/router.h"
#include "server/gateway/routes.h"
#include "server/gateway/static_files.h"

namespace ff::gateway {

struct Options {
  RouteContext context;
  std::string web_root;                // folder with index.html; empty: API alone
  std::vector<std::string> own_names;  // Host names accepted besides loopback and addresses
  HttpOptions http{};
};

class Gateway {
 public:
  explicit Gateway(Options options);

  // See HttpServer.
  absl::StatusOr<int> Start(const std::string& host, int port);
  void Stop();

  // One request, as the server would answer it once its head was accepted.
  Response Handle(const Request& request) const;

  // Every route, for tests that walk them.
  const std::vector<DocumentedRoute>& routes() const { return router_.documented(); }

 private:
  const std::vector<std::string> own_names_;
  const StaticFiles files_;
  const Door door_;
  Router router_;
  HttpServer server_;
};

}  // namespace ff::gateway
