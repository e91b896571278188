// An HTTP/1.1 server that hands every request to one function; the only file pair that
// knows the HTTP library. One request a connection: a refused request's body is thus never
// taken for the next request, and an idle browser never holds one of the 64 threads.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "server/gateway/message.h"

namespace httplib {
class Server;
}

namespace ff::gateway {

// Bytes of body a request may have.
inline constexpr size_t kMaxBody = 16 << 20;

struct HttpCallbacks {
  // Before the body is read; a response refuses the request.
  std::function<std::optional<Response>(const Request&)> check_head;
  // Any request that was not refused. Called from many threads.
  std::function<Response(const Request&)> handle;
};

class HttpServer {
 public:
  explicit HttpServer(HttpCallbacks callbacks);
  ~HttpServer();  // stops

  // Listens and serves from threads of its own; `host` without brackets, port 0: any free
  // one. Returns the port. UNAVAILABLE: the address cannot be had.
  absl::StatusOr<int> Start(const std::string& host, int port);

  // Takes no more requests, finishes those under way.
  void Stop();

 private:
  void SetUp();

  const HttpCallbacks callbacks_;
  std::unique_ptr<httplib::Server> server_;
  std::thread listener_;
};

}  // namespace ff::gateway
