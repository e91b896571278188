#include "server/daemon/unix_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/server/gateway/temp_dir.h"

namespace ff::daemon {
namespace {

using ::testing::HasSubstr;

int Listen(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(listen(fd, 1), 0);
  return fd;
}

class UnixSocketTest : public ::testing::Test {
 protected:
  bool Exists() const { return std::filesystem::exists(std::filesystem::symlink_status(path_)); }

  gateway::testing::TempDir dir_;
  const std::string path_ = dir_.path("folder/s.sock");
};

TEST_F(UnixSocketTest, MakesTheFolder) {
  EXPECT_TRUE(PrepareSocketPath(path_).ok());
  EXPECT_TRUE(std::filesystem::is_directory(dir_.path("folder")));
}

TEST_F(UnixSocketTest, RemovesADeadSocket) {
  ASSERT_TRUE(PrepareSocketPath(path_).ok());
  close(Listen(path_));
  ASSERT_TRUE(Exists());
  EXPECT_TRUE(PrepareSocketPath(path_).ok());
  EXPECT_FALSE(Exists());
}

TEST_F(UnixSocketTest, LeavesALivingSocket) {
  ASSERT_TRUE(PrepareSocketPath(path_).ok());
  const int fd = Listen(path_);
  const absl::Status status = PrepareSocketPath(path_);
  close(fd);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("listens on " + path_));
  EXPECT_TRUE(Exists());
}

TEST_F(UnixSocketTest, LeavesAFileThatIsNoSocket) {
  dir_.Write("folder/s.sock", "precious");
  EXPECT_THAT(PrepareSocketPath(path_).message(), HasSubstr("is no socket"));
  EXPECT_TRUE(Exists());
}

TEST_F(UnixSocketTest, SaysWhyTheFolderCannotBeMade) {
  dir_.Write("folder", "a file");
  const absl::Status status = PrepareSocketPath(path_);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr("listen.grpc=unix:PATH"));
}

TEST_F(UnixSocketTest, OnlyTheOwnerMayConnect) {
  ASSERT_TRUE(PrepareSocketPath(path_).ok());
  const int fd = Listen(path_);
  ASSERT_TRUE(MakePrivate(path_).ok());
  struct stat info;
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  close(fd);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

}  // namespace
}  // namespace ff::daemon
