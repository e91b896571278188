// One browser's connection as the HTTP library reads and writes it, plain or over TLS, with a
// deadline for the whole request instead of one for each byte: a client that sends a letter every
// few seconds is cut off all the same. Belongs to one thread.
#pragma once

#include <httplib.h>

#include <chrono>
#include <string>

#include "server/gateway/tls_context.h"

struct ssl_st;

namespace ff::gateway {

class Connection final : public httplib::Stream {
 public:
  using Clock = std::chrono::steady_clock;

  // Takes the socket over. `tls` may be null; `patience`: for greeting and request together.
  Connection(int socket, const TlsContext* tls, Clock::duration patience);
  ~Connection() override;  // says goodbye and closes
  Connection(const Connection&) = delete;

  // The greeting of TLS; false: no such client, or too slow.
  bool Greet();

  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* ptr, size_t size) override;
  ssize_t write(const char* ptr, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }

 private:
  // Once or more, until it is done, failed, or the deadline has passed. `once` returns what
  // recv, send, SSL_read and their like do.
  template <typename Once>
  ssize_t Repeat(short direction, Clock::time_point deadline, Once once) const;
  bool Wait(short events, Clock::time_point deadline) const;

  const int socket_;
  ssl_st* ssl_ = nullptr;
  const Clock::time_point read_by_;
  Clock::time_point write_by_{};
  std::string buffer_;  // read and not yet asked for
  size_t taken_ = 0;
};

// The address of the other side, without its port.
std::string PeerOf(int socket);

}  // namespace ff::gateway
