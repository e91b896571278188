// Where files named by their SHA-256 are brought to and fetched from: the coordinator, or a
// folder that every host mounts. Calls wait for the network or the disk: they belong to the
// thread of Transfers. Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "proto/transfer/file_transfer.h"
#include "proto/wire/channel.h"

namespace ff::agent {

class Depot {
 public:
  virtual ~Depot() = default;
  // `stop`, once true, ends either with CANCELLED. UNAVAILABLE: try again. NOT_FOUND: it is not
  // there. Others as transfer::Send and transfer::Fetch.
  virtual absl::Status Put(const std::string& path, const transfer::FileDigest& digest,
                           const std::atomic<bool>& stop) = 0;
  virtual absl::Status Get(const std::string& sha256, const std::string& path,
                           const std::atomic<bool>& stop) = 0;
};

// `address`: HOST:PORT or unix:PATH of the coordinator.
std::unique_ptr<Depot> CoordinatorDepot(const std::string& address,
                                        const wire::Dialing& dialing = {});

// Files lie at <folder>/<first two digits>/<sha256>. What is not there is looked for at
// `fallback` (may be null): a dataset that ffctl brought to the coordinator.
std::unique_ptr<Depot> FolderDepot(const std::string& folder, std::unique_ptr<Depot> fallback);

}  // namespace ff::agent
