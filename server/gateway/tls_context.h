// The HTTP door's certificate and key for OpenSSL: TLS 1.2 at the least. Thread-safe once made.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

struct ssl_ctx_st;

namespace ff::gateway {

class TlsContext {
 public:
  // PEM files. INVALID_ARGUMENT: one can't be read, or the key does not belong to the certificate.
  static absl::StatusOr<std::shared_ptr<const TlsContext>> Load(const std::string& certificate,
                                                                const std::string& key);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;

  ssl_ctx_st* get() const { return context_; }
  // Names that the certificate is for, to compare with what browsers call this host.
  const std::vector<std::string>& names() const { return names_; }

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}

  ssl_ctx_st* const context_;
  std::vector<std::string> names_;
};

}  // namespace ff::gateway
