// Where the daemon listens: "HOST:PORT", "[V6]:PORT" or "unix:PATH" as written in
// conf/coordinator.yaml. Plain values; the functions are pure but for WhyNot.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ff::daemon {

struct ListenAddress {
  std::string host;  // without brackets; empty for a Unix socket
  int port = 0;      // 0: any free one
  std::string unix_path;

  bool is_unix() const { return !unix_path.empty(); }
  // Reachable from this machine alone: localhost, 127.0.0.0/8, ::1, a Unix socket.
  bool IsLocal() const;
  // As gRPC and people write it.
  std::string Text() const;
};

// `key` ("listen.grpc") is named in errors. INVALID_ARGUMENT: not of one of the three forms,
// a port above 65535, a Unix path that is too long for the system (107 bytes).
absl::StatusOr<ListenAddress> ParseListenAddress(const std::string& key, const std::string& text);

// INVALID_ARGUMENT: others could reach the address, it lacks TLS or credentials (`guarded` false),
// and `insecure_public` does not allow that.
absl::Status CheckExposure(const std::string& key, const ListenAddress& address, bool guarded,
                           bool insecure_public);

// After listening on `address` failed: tries to bind it once more for the system's reason.
// FAILED_PRECONDITION for a port in use, else UNAVAILABLE; both say which key to change.
absl::Status WhyNot(const std::string& key, const ListenAddress& address);

}  // namespace ff::daemon
