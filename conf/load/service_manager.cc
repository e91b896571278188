#include "conf/load/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace ff::conf {
namespace {

// A manager that is not there, or does not read, is no reason to stop working.
void Send(const std::string& message) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const size_t length = path == nullptr ? 0 : std::strlen(path);
  if (length < 2 || length >= sizeof(address.sun_path)) return;
  std::copy(path, path + length, address.sun_path);
  if (path[0] == '@') address.sun_path[0] = '\0';  // an abstract name
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  [[maybe_unused]] const ssize_t sent = sendto(fd, message.data(), message.size(), MSG_NOSIGNAL,
                                               reinterpret_cast<const sockaddr*>(&address), size);
  close(fd);
}

std::string Status(absl::string_view status) {
  return absl::StrCat("STATUS=", absl::StrReplaceAll(status, {{"\n", " "}}));
}

}  // namespace

void NotifyReady(absl::string_view status) { Send(absl::StrCat("READY=1\n", Status(status))); }
void NotifyStatus(absl::string_view status) { Send(Status(status)); }
void NotifyStopping() { Send("STOPPING=1"); }
void NotifyAlive() { Send("WATCHDOG=1"); }

absl::Duration WatchdogInterval() {
  const char* microseconds = std::getenv("WATCHDOG_USEC");
  int64_t value = 0, pid = 0;
  if (microseconds == nullptr || !absl::SimpleAtoi(microseconds, &value) || value <= 0) {
    return absl::InfiniteDuration();
  }
  const char* whose = std::getenv("WATCHDOG_PID");
  const bool ours = whose == nullptr || (absl::SimpleAtoi(whose, &pid) && pid == getpid());
  return ours ? absl::Microseconds(value) : absl::InfiniteDuration();
}

}  // namespace ff::conf
