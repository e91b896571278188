#include "server/gateway/connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ff::gateway {
namespace {

constexpr size_t kBuffer = 16 << 10;
// An answer may take this long, and so much longer as its bytes need at the slowest rate that is
// borne, 16 KiB a second.
constexpr std::chrono::seconds kWriteAtLeast(30);
constexpr size_t kSlowestBytesPerSecond = 16 << 10;

void AddressOf(const sockaddr_storage& address, std::string* ip, int* port) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
    *port = ntohs(v4.sin_port);
  } else if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
    *port = ntohs(v6.sin6_port);
  }
  *ip = text;
}

}  // namespace

std::string PeerOf(int socket) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  std::string ip;
  int port = 0;
  if (getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    AddressOf(address, &ip, &port);
  }
  return ip;
}

Connection::Connection(int socket, const TlsContext* tls, Clock::duration patience)
    : socket_(socket), read_by_(Clock::now() + patience) {
  fcntl(socket_, F_SETFL, fcntl(socket_, F_GETFL) | O_NONBLOCK);
  if (tls == nullptr) return;
  ssl_ = SSL_new(tls->get());
  SSL_set_fd(ssl_, socket_);
}

Connection::~Connection() {
  if (ssl_ != nullptr) {
    SSL_shutdown(ssl_);  // one way: the other side may be gone
    SSL_free(ssl_);
  }
  shutdown(socket_, SHUT_RDWR);
  close(socket_);
}

bool Connection::Wait(short events, Clock::time_point deadline) const {
  pollfd entry = {socket_, events, 0};
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    const int ready = poll(&entry, 1, static_cast<int>(std::max<decltype(left)>(left, 0)));
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

template <typename Once>
ssize_t Connection::Repeat(short direction, Clock::time_point deadline, Once once) const {
  for (;;) {
    if (Clock::now() >= deadline) return -1;
    ERR_clear_error();
    const ssize_t done = once();
    if (done > 0) return done;
    short wanted = direction;
    if (ssl_ != nullptr) {
      const int error = SSL_get_error(ssl_, static_cast<int>(done));
      if (error == SSL_ERROR_ZERO_RETURN) return 0;
      if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return -1;
      wanted = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
    } else {
      if (done == 0) return 0;
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) return -1;
    }
    if (!Wait(wanted, deadline)) return -1;
  }
}

bool Connection::Greet() {
  return ssl_ == nullptr || Repeat(POLLIN, read_by_, [this] { return SSL_accept(ssl_); }) > 0;
}

bool Connection::is_readable() const {
  return taken_ < buffer_.size() || (ssl_ != nullptr && SSL_pending(ssl_) > 0) ||
         Wait(POLLIN, read_by_);
}

bool Connection::is_writable() const {
  const auto deadline = write_by_ == Clock::time_point() ? Clock::now() + kWriteAtLeast : write_by_;
  return Wait(POLLOUT, deadline);
}

ssize_t Connection::read(char* ptr, size_t size) {
  if (taken_ == buffer_.size()) {
    buffer_.resize(kBuffer);
    taken_ = 0;
    const ssize_t got = Repeat(POLLIN, read_by_, [this]() -> ssize_t {
      return ssl_ != nullptr ? SSL_read(ssl_, buffer_.data(), kBuffer)
                             : recv(socket_, buffer_.data(), kBuffer, 0);
    });
    buffer_.resize(static_cast<size_t>(std::max<ssize_t>(got, 0)));
    if (got <= 0) return got;
  }
  const size_t count = std::min(size, buffer_.size() - taken_);
  std::memcpy(ptr, buffer_.data() + taken_, count);
  taken_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t Connection::write(const char* ptr, size_t size) {
  if (size == 0) return 0;
  if (write_by_ == Clock::time_point()) write_by_ = Clock::now() + kWriteAtLeast;
  write_by_ += std::chrono::milliseconds(1000 * size / kSlowestBytesPerSecond);
  size_t sent = 0;
  while (sent < size) {
    const size_t piece = std::min(size - sent, kBuffer);
    const ssize_t done = Repeat(POLLOUT, write_by_, [&]() -> ssize_t {
      return ssl_ != nullptr ? SSL_write(ssl_, ptr + sent, static_cast<int>(piece))
                             : send(socket_, ptr + sent, piece, MSG_NOSIGNAL);
    });
    if (done <= 0) return -1;
    sent += static_cast<size_t>(done);
  }
  return static_cast<ssize_t>(sent);
}

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  if (getpeername(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    AddressOf(address, &ip, &port);
  }
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  if (getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    AddressOf(address, &ip, &port);
  }
}

}  // namespace ff::gateway
