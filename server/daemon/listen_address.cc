#include "server/daemon/listen_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace ff::daemon {
namespace {

absl::Status Malformed(const std::string& key, const std::string& text, const char* what) {
  return absl::InvalidArgumentError(absl::StrCat(key, "=", text, ": ", what,
                                                 "; write HOST:PORT, such as 127.0.0.1:7410",
                                                 key == "listen.grpc" ? ", or unix:PATH" : ""));
}

absl::StatusOr<ListenAddress> ParseUnix(const std::string& key, const std::string& path) {
  constexpr size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
  if (path.empty()) return Malformed(key, "unix:", "the path is missing");
  if (path.size() > kLongest) {
    return absl::InvalidArgumentError(absl::StrCat(
        key, "=unix:", path, ": the path has ", path.size(), " bytes and the system takes at most ",
        kLongest, "; choose a shorter one, such as unix:$XDG_RUNTIME_DIR/flops-fit.sock"));
  }
  ListenAddress address;
  address.unix_path = path;
  return address;
}

// The error of binding the first address that `address` resolves to; 0: it can be bound.
int BindError(const ListenAddress& address, std::string* unresolved) {
  addrinfo hints = {}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  const int failure =
      getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (failure != 0) {
    *unresolved = gai_strerror(failure);
    return 0;
  }
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  int error = bind(fd, found->ai_addr, found->ai_addrlen) == 0 ? 0 : errno;
  if (error == 0 && listen(fd, 1) != 0) error = errno;
  close(fd);
  freeaddrinfo(found);
  return error;
}

}  // namespace

bool ListenAddress::IsLocal() const {
  if (is_unix() || absl::EqualsIgnoreCase(host, "localhost")) return true;
  in_addr v4;
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  in6_addr v6;
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

std::string ListenAddress::Text() const {
  if (is_unix()) return "unix:" + unix_path;
  const bool v6 = absl::StrContains(host, ':');
  return absl::StrCat(v6 ? "[" : "", host, v6 ? "]" : "", ":", port);
}

absl::StatusOr<ListenAddress> ParseListenAddress(const std::string& key, const std::string& text) {
  absl::string_view path = text;
  if (absl::ConsumePrefix(&path, "unix:")) return ParseUnix(key, std::string(path));
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return Malformed(key, text, "the port is missing");
  ListenAddress address;
  address.host = text.substr(0, colon);
  if (!absl::SimpleAtoi(text.substr(colon + 1), &address.port) || address.port < 0 ||
      address.port > 65535) {
    return Malformed(key, text, "the port is not a number from 0 to 65535");
  }
  if (absl::StartsWith(address.host, "[") && absl::EndsWith(address.host, "]")) {
    address.host = address.host.substr(1, address.host.size() - 2);
  } else if (absl::StrContains(address.host, ':')) {
    return Malformed(key, text, "an IPv6 address needs brackets, as in [::1]:7410");
  }
  if (address.host.empty()) return Malformed(key, text, "the host is missing");
  return address;
}

absl::Status CheckExposure(const std::string& key, const ListenAddress& address, bool guarded,
                           bool insecure_public) {
  if (address.IsLocal() || guarded || insecure_public) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      key, "=", address.Text(),
      " can be reached from other machines, and that needs TLS and authentication: "
      "tls.certificate, tls.key and access.authentication=required (`ffctl ca init` makes the "
      "certificates; docs/security.md has it in two minutes). Or listen on 127.0.0.1 and use an "
      "SSH tunnel; or, in a network you trust, allow it with --insecure-public "
      "(listen.insecure_public=true)"));
}

absl::Status WhyNot(const std::string& key, const ListenAddress& address) {
  std::string unresolved;
  const int error = BindError(address, &unresolved);
  const std::string what = absl::StrCat("cannot listen on ", address.Text(), " (", key, "): ");
  if (!unresolved.empty()) {
    return absl::UnavailableError(
        absl::StrCat(what, unresolved, "; is the host name of this machine right?"));
  }
  if (error == EADDRINUSE) {
    return absl::FailedPreconditionError(absl::StrCat(
        what,
        "the port is in use, perhaps by another ff-coordinator; stop that one, or choose "
        "another port with ",
        key, "=", address.host, ":PORT"));
  }
  return absl::UnavailableError(absl::StrCat(what, error == 0 ? "unknown reason" : strerror(error),
                                             "; choose another address with ", key, "=HOST:PORT"));
}

}  // namespace ff::daemon
