#include "server/gateway/http_server.h"

#include <httplib.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <mutex>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "conf/load/logging.h"
#include "server/gateway/connection.h"
#include "server/gateway/guard.h"
#include "server/gateway/reply.h"

namespace ff::gateway {
namespace {

Request Import(const httplib::Request& from) {
  Request request;
  request.method = from.method;
  request.path = from.target.substr(0, from.target.find_first_of("?#"));
  request.query.insert(from.params.begin(), from.params.end());
  for (const auto& [name, value] : from.headers) {
    request.headers.emplace(absl::AsciiStrToLower(name), value);
  }
  request.body = from.body;
  request.peer = from.remote_addr;
  return request;
}

// As a provider, not as content: the library would compress content by itself (a file that is
// compressed already, too), and loopback gains nothing from it.
void Export(Response from, httplib::Response* to) {
  to->status = from.status;
  for (const auto& [name, value] : from.headers) to->set_header(name, value);
  if (from.body.empty()) return;
  const auto body = std::make_shared<const std::string>(std::move(from.body));
  to->set_content_provider(body->size(), from.content_type,
                           [body](size_t offset, size_t length, httplib::DataSink& sink) {
                             return sink.write(body->data() + offset, length);
                           });
}

// What the library refuses by itself has a status and no body.
void FillLibraryError(const httplib::Request&, httplib::Response& response) {
  if (!response.body.empty() || response.has_header("Content-Length") || response.status == 304 ||
      response.content_length_ > 0) {
    return;
  }
  const Response error = ErrorReply(
      response.status, absl::InvalidArgumentError(absl::StrCat(
                           "the request could not be read (HTTP ", response.status, ")")));
  response.set_content(error.body, error.content_type);
}

void AnswerException(const httplib::Request& request, httplib::Response& response,
                     std::exception_ptr exception) {
  std::string what = "unknown exception";
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& e) {
    what = e.what();
  } catch (...) {
  }
  conf::LogError("HTTP ", request.method, " ", request.path, " failed: ", what);
  Export(ErrorReply(absl::InternalError(what)), &response);
}

}  // namespace

// The library's server over connections of ours.
class HttpServer::Library final : public httplib::Server {
 public:
  explicit Library(const HttpOptions& options) : options_(options) {}

 private:
  bool process_and_close_socket(socket_t socket) override {
    Connection connection(socket, options_.tls.get(),
                          absl::ToChronoMilliseconds(options_.request_time));
    const std::string peer = PeerOf(socket);
    if (!Enter(peer)) return false;
    bool closed = false;
    const bool served = connection.Greet() && process_request(connection, true, closed, nullptr);
    Leave(peer);
    return served;
  }

  // False: its address has as many connections as one may have.
  bool Enter(const std::string& peer) {
    const std::lock_guard<std::mutex> lock(mutex_);
    int& count = peers_[peer];
    if (count >= std::max(options_.connections / 2, 1)) return false;
    ++count;
    return true;
  }
  void Leave(const std::string& peer) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (--peers_[peer] == 0) peers_.erase(peer);
  }

  const HttpOptions& options_;
  std::mutex mutex_;
  absl::flat_hash_map<std::string, int> peers_;
};

HttpServer::HttpServer(HttpCallbacks callbacks, HttpOptions options)
    : callbacks_(std::move(callbacks)), options_(std::move(options)) {}

HttpServer::~HttpServer() { Stop(); }

void HttpServer::SetUp() {
  server_ = std::make_unique<Library>(options_);
  server_->new_task_queue = [threads = options_.connections] {
    return new httplib::ThreadPool(static_cast<size_t>(threads));
  };
  server_->set_keep_alive_max_count(1);
  server_->set_payload_max_length(kMaxBody);
  server_->set_tcp_nodelay(true);
  // The library's default, SO_REUSEPORT, would let two coordinators share a port unnoticed.
  server_->set_socket_options([](int socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  });
  httplib::Headers headers;
  for (const auto& [name, value] : SecurityHeaders()) headers.emplace(name, value);
  server_->set_default_headers(headers);
  server_->set_error_handler(FillLibraryError);
  server_->set_exception_handler(AnswerException);
  // Everything but a POST is answered here, before the library reads a body or tries patterns.
  server_->set_pre_routing_handler([this](const httplib::Request& from, httplib::Response& to) {
    const Request request = Import(from);
    std::optional<Response> refusal = callbacks_.check_head(request);
    if (refusal.has_value()) {
      Export(*std::move(refusal), &to);
    } else if (request.method == "POST") {
      return httplib::Server::HandlerResponse::Unhandled;
    } else {
      Export(callbacks_.handle(request), &to);
    }
    return httplib::Server::HandlerResponse::Handled;
  });
  server_->Post("[^]*", [this](const httplib::Request& from, httplib::Response& to) {
    Export(callbacks_.handle(Import(from)), &to);
  });
}

absl::StatusOr<int> HttpServer::Start(const std::string& host, int port) {
  SetUp();
  const bool bound =
      port == 0 ? (port = server_->bind_to_any_port(host)) > 0 : server_->bind_to_port(host, port);
  if (!bound) return absl::UnavailableError(absl::StrCat("cannot listen on ", host));
  auto ended = std::make_shared<std::atomic<bool>>(false);
  listener_ = std::thread([this, ended] {
    server_->listen_after_bind();
    ended->store(true);
  });
  // The library's stop() does nothing before its loop runs, which it does not announce.
  while (!server_->is_running() && !ended->load()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (ended->load()) return absl::InternalError("the HTTP server ended as soon as it began");
  return port;
}

void HttpServer::Stop() {
  if (!listener_.joinable()) return;
  server_->stop();
  listener_.join();
}

}  // namespace ff::gateway
