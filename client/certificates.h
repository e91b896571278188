// A certificate authority of one's own, small enough to explain: one key that signs the
// coordinator's certificate and those of workers. ECDSA on P-256, SHA-256. Pure; PEM in and out.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace ff::client {

struct KeyPair {
  std::string certificate, key;  // PEM
};

// An authority that signs certificates and nothing else. `name`: its common name.
absl::StatusOr<KeyPair> MakeAuthority(const std::string& name, absl::Time now,
                                      absl::Duration lifetime);

enum class CertificateUse { kServer, kWorker };

// Signed by `authority`. kServer: `names` are the host names and addresses it is reached by.
// kWorker: one name, which is the worker's. INVALID_ARGUMENT: no name, or an authority that can't
// be read.
absl::StatusOr<KeyPair> IssueCertificate(const KeyPair& authority, CertificateUse use,
                                         const std::vector<std::string>& names, absl::Time now,
                                         absl::Duration lifetime);

}  // namespace ff::client
