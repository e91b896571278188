// An HTTP/1.1 server that hands every request to one function; the only file pair that
// knows the HTTP library. One request a connection: a refused request's body is thus never
// taken for the next request, and an idle browser never holds one of the threads. A request must
// have come in whole within a deadline, and connections of one address take at most half of the
// threads, so that a slow client holds nobody else up.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/gateway/message.h"
#include "server/gateway/tls_context.h"

namespace ff::gateway {

// Bytes of body a request may have.
inline constexpr size_t kMaxBody = 16 << 20;

struct HttpCallbacks {
  // Before the body is read; a response refuses the request.
  std::function<std::optional<Response>(const Request&)> check_head;
  // Any request that was not refused. Called from many threads.
  std::function<Response(const Request&)> handle;
};

struct HttpOptions {
  std::shared_ptr<const TlsContext> tls;  // null: plain
  int connections = 64;                   // served at once
  absl::Duration request_time = absl::Seconds(20);
};

class HttpServer {
 public:
  explicit HttpServer(HttpCallbacks callbacks, HttpOptions options = {});
  ~HttpServer();  // stops

  // Listens and serves from threads of its own; `host` without brackets, port 0: any free
  // one. Returns the port. UNAVAILABLE: the address cannot be had.
  absl::StatusOr<int> Start(const std::string& host, int port);

  // Takes no more requests, finishes those under way.
  void Stop();

 private:
  class Library;
  void SetUp();

  const HttpCallbacks callbacks_;
  const HttpOptions options_;
  std::unique_ptr<Library> server_;
  std::thread listener_;
};

}  // namespace ff::gateway
