#include "server/daemon/listen_address.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace ff::daemon {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<ListenAddress> Parse(const std::string& text) {
  return ParseListenAddress("listen.grpc", text);
}

TEST(ParseListenAddress, ReadsTheThreeForms) {
  EXPECT_EQ(Parse("127.0.0.1:7410")->Text(), "127.0.0.1:7410");
  EXPECT_EQ(Parse("[::1]:0")->host, "::1");
  EXPECT_EQ(Parse("[::1]:0")->Text(), "[::1]:0");
  EXPECT_EQ(Parse("unix:/run/x.sock")->unix_path, "/run/x.sock");
  EXPECT_EQ(Parse("unix:state/x.sock")->Text(), "unix:state/x.sock");
}

TEST(ParseListenAddress, SaysWhatIsWrong) {
  EXPECT_THAT(Parse("localhost").status().message(), HasSubstr("the port is missing"));
  EXPECT_THAT(Parse("localhost:http").status().message(), HasSubstr("0 to 65535"));
  EXPECT_THAT(Parse("localhost:65536").status().message(), HasSubstr("0 to 65535"));
  EXPECT_THAT(Parse(":80").status().message(), HasSubstr("the host is missing"));
  EXPECT_THAT(Parse("::1:80").status().message(), HasSubstr("brackets"));
  EXPECT_THAT(Parse("unix:").status().message(), HasSubstr("the path is missing"));
}

TEST(ParseListenAddress, UnixPathsHaveALimit) {
  EXPECT_TRUE(Parse("unix:/" + std::string(106, 'x')).ok());
  const absl::Status status = Parse("unix:/" + std::string(107, 'x')).status();
  EXPECT_THAT(status.message(), HasSubstr("108 bytes and the system takes at most 107"));
}

TEST(CheckExposure, OnlyLoopbackWithoutLeave) {
  for (const char* text : {"127.0.0.1:1", "127.8.9.10:1", "localhost:1", "[::1]:1", "unix:/x"}) {
    EXPECT_TRUE(CheckExposure("listen.grpc", *Parse(text), false, false).ok()) << text;
  }
  for (const char* text : {"0.0.0.0:1", "10.0.0.1:1", "[::]:1", "localhost.example:1", "node7:1"}) {
    const absl::Status status = CheckExposure("listen.grpc", *Parse(text), false, false);
    EXPECT_THAT(status.message(), HasSubstr("listen.insecure_public=true")) << text;
    EXPECT_TRUE(CheckExposure("listen.grpc", *Parse(text), false, true).ok()) << text;
  }
}

TEST(WhyNot, NamesThePortAndTheKey) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(listen(fd, 1), 0);
  ASSERT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length), 0);
  const ListenAddress taken = {
      .host = "127.0.0.1", .port = ntohs(address.sin_port), .unix_path = ""};
  const absl::Status status = WhyNot("listen.http", taken);
  close(fd);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr(taken.Text() + " (listen.http): the port is in use"));
  EXPECT_THAT(status.message(), HasSubstr("listen.http=127.0.0.1:PORT"));
}

TEST(WhyNot, NamesWhatDoesNotResolve) {
  const ListenAddress nowhere = {.host = "no such host", .port = 1, .unix_path = ""};
  EXPECT_THAT(WhyNot("listen.grpc", nowhere).message(), HasSubstr("host name of this machine"));
}

}  // namespace
}  // namespace ff::daemon
