// The HTTP library as we set it up, over real sockets.
#include "server/gateway/http_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>

#include "server/gateway/guard.h"

namespace ff::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class HttpServerTest : public ::testing::Test {
 protected:
  HttpServerTest()
      : server_({[](const Request& request) { return CheckHead(request, {}, kMaxBody); },
                 [this](const Request& request) { return Answer(request); }}) {
    port_ = server_.Start("127.0.0.1", 0).value();
  }

  // Everything the server says to these bytes until it closes the connection.
  std::string Talk(const std::string& bytes) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), ssize_t(bytes.size()));
    std::string reply;
    char buffer[4096];
    for (ssize_t n; (n = recv(fd, buffer, sizeof(buffer), 0)) > 0;) reply.append(buffer, n);
    close(fd);
    return reply;
  }

  Response Answer(const Request& request) {
    ++calls_;
    if (request.path == "/throw") throw std::runtime_error("thrown on purpose");
    return {200, "text/plain", request.method + " " + request.path + " " + request.body, {}};
  }

  std::atomic<int> calls_ = 0;
  HttpServer server_;
  int port_ = 0;
};

TEST_F(HttpServerTest, AnswersWithSecurityHeaders) {
  const auto result = httplib::Client("127.0.0.1", port_).Get("/a%20b?x=1");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 200);
  EXPECT_EQ(result->body, "GET /a%20b ");
  for (const auto& [name, value] : SecurityHeaders()) {
    EXPECT_EQ(result->get_header_value(name.c_str()), value) << name;
  }
  EXPECT_THAT(result->get_header_value("Content-Security-Policy"), HasSubstr("script-src 'self';"));
}

TEST_F(HttpServerTest, TakesBodies) {
  const std::string body(1 << 20, 'x');
  const auto result = httplib::Client("127.0.0.1", port_).Post("/p", body, "application/json");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->body, "POST /p " + body);
}

TEST_F(HttpServerTest, BodiesAreNotCompressedBehindOurBack) {
  const auto result =
      httplib::Client("127.0.0.1", port_).Get("/x", {{"Accept-Encoding", "gzip, br"}});
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->has_header("Content-Encoding"));
}

TEST_F(HttpServerTest, TheBodyOfARefusedRequestIsNoRequest) {
  const std::string hidden =
      "POST /x:cancel HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
  const std::string reply =
      Talk("POST /p HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + hidden);
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 411"));
  EXPECT_THAT(reply, HasSubstr("Connection: close"));
  EXPECT_THAT(reply, Not(HasSubstr("x:cancel")));
  EXPECT_EQ(calls_, 0);
}

TEST_F(HttpServerTest, ForeignHostsAreRefused) {
  EXPECT_THAT(Talk("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(Talk("GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 403"));
  EXPECT_EQ(calls_, 0);
}

TEST_F(HttpServerTest, WhatTheLibraryRefusesIsJsonToo) {
  const std::string reply = Talk("NONSENSE\r\n\r\n");
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(reply, HasSubstr(R"("code":"INVALID_ARGUMENT")"));
  EXPECT_THAT(Talk("GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nHost: localhost\r\n\r\n"),
              StartsWith("HTTP/1.1 414"));
}

TEST_F(HttpServerTest, ExceptionsBecomeErrors) {
  const auto result = httplib::Client("127.0.0.1", port_).Get("/throw");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 500);
  EXPECT_THAT(result->body, HasSubstr("thrown on purpose"));
}

TEST_F(HttpServerTest, ATakenPortIsNoticed) {
  HttpServer second(
      {[](const Request&) { return std::nullopt; }, [](const Request&) { return Response(); }});
  EXPECT_EQ(second.Start("127.0.0.1", port_).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(HttpServerTest, StopsAndStopsAgain) {
  server_.Stop();
  server_.Stop();
  EXPECT_FALSE(httplib::Client("127.0.0.1", port_).Get("/"));
}

// A client that sent a letter every few seconds held a thread for hours: the library's timeout is
// for each letter.
TEST(HttpServerDeadline, ASlowRequestIsCutOffAsAWhole) {
  HttpServer server({[](const Request&) { return std::nullopt; },
                     [](const Request&) {
                       return Response{200, "text/plain", "ok", {}};
                     }},
                    {.connections = 4, .request_time = absl::Milliseconds(500)});
  const int port = server.Start("127.0.0.1", 0).value();
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  int sent = 0;
  for (const char letter : std::string("GET / HTTP/1.1\r\nX-Slow: ") + std::string(200, 'a')) {
    if (send(fd, &letter, 1, MSG_NOSIGNAL) != 1) break;
    ++sent;
    usleep(50'000);
  }
  close(fd);
  EXPECT_LT(sent, 200);  // 500 ms are some 10 letters; the kernel takes a few more
  EXPECT_EQ(httplib::Client("127.0.0.1", port).Get("/")->status, 200);
}

}  // namespace
}  // namespace ff::gateway
