// Where the processes that train one experiment find each other: LibTorch's TCPStore, which rank 0
// keeps and the others call. Local ranks meet on the loopback interface alone. LibTorch's
// exceptions stop here. One connection: for one thread at a time.
#pragma once

#include <c10/util/intrusive_ptr.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace c10d {
class Store;
class TCPStore;
}  // namespace c10d

namespace ff::trainer {

class Rendezvous {
 public:
  // Kept by this process, until the object goes: on a free port of 127.0.0.1, or on `port` of all
  // addresses. UNAVAILABLE: the port is taken. UNIMPLEMENTED: this LibTorch has no c10d.
  static absl::StatusOr<std::unique_ptr<Rendezvous>> HostOnLoopback();
  static absl::StatusOr<std::unique_ptr<Rendezvous>> Host(const std::string& host, int port);
  // Kept by another; UNAVAILABLE: it cannot be reached within `patience`.
  static absl::StatusOr<std::unique_ptr<Rendezvous>> Join(const std::string& host, int port,
                                                          absl::Duration patience);
  ~Rendezvous();

  const std::string& host() const { return host_; }
  int port() const { return port_; }
  bool on_loopback() const { return host_ == "127.0.0.1"; }

  // UNAVAILABLE: the one who keeps it is gone.
  absl::Status Set(const std::string& key, const std::string& text);
  // NOT_FOUND: there is no such key yet.
  absl::StatusOr<std::string> Get(const std::string& key);
  // To a counter, from 0; what it is then.
  absl::StatusOr<int64_t> Add(const std::string& key, int64_t amount);

  // For the groups of c10d.
  c10::intrusive_ptr<c10d::Store> store() const;

 private:
  Rendezvous(std::string host, int port, c10::intrusive_ptr<c10d::TCPStore> store);
  const std::string host_;
  const int port_;
  const c10::intrusive_ptr<c10d::TCPStore> store_;
};

}  // namespace ff::trainer
