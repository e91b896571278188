// The running coordinator: store, verbs, both doors and the tickers that expire leases and
// fit laws, wired together. Start and Stop belong to one thread.
//
//   SQLite store <- Coordinator <- GrpcServer (programs)
//                             ^ <- Gateway (browsers)
//                             `--- Tickers (ExpireLeases once a second, FitDue five times,
//                                           Provisioner as configured)
#pragma once

#include <memory>
#include <mutex>

#include "absl/status/statusor.h"
#include "server/convert/info.h"
#include "server/coordinator/coordinator.h"
#include "server/daemon/free_space.h"
#include "server/daemon/grpc_server.h"
#include "server/daemon/settings.h"
#include "server/daemon/steady_clock.h"
#include "server/daemon/ticker.h"
#include "server/files/file_store.h"
#include "server/gateway/gateway.h"
#include "server/provisioner/provisioner.h"
#include "server/storage/store.h"

namespace ff::daemon {

class Daemon {
 public:
  // Returns once both doors answer. Errors say what to do: those of OpenSqliteStore, of
  // GrpcServer and of listening for HTTP.
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(const Settings& settings);

  // Takes nothing more, finishes what runs, closes the store.
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // As GetInfo tells it. Thread-safe; waits until both doors are open.
  convert::ServerInfo info() const;

 private:
  Daemon(const Settings& settings, std::unique_ptr<storage::Store> store);
  absl::Status OpenDoors(const Settings& settings);
  absl::Status RemoveOldFiles();
  absl::Status SayAlive();
  absl::Status StartProvisioning(const Provisioning& settings);
  absl::Status OpenHttp(const ListenAddress& address);
  std::string ProvisioningWords() const;
  absl::Status PrepareAccess(const Settings& settings);

  mutable std::mutex info_mutex_;
  convert::ServerInfo info_;
  // Null: workers are others' to start, or the doors are not open yet. Here above, since info() is
  // asked while what follows is being made.
  std::unique_ptr<provisioner::Provisioner> provisioner_;
  const SteadyClock clock_;
  FreeSpace free_space_;
  std::unique_ptr<storage::Store> store_;
  files::FileStore files_;
  coordinator::Coordinator coordinator_;
  coordinator::AccessControl access_;
  gateway::Gateway gateway_;
  GrpcServer grpc_;
  std::unique_ptr<Ticker> lease_ticker_, fit_ticker_, files_ticker_, provisioner_ticker_,
      watchdog_ticker_, access_ticker_;
};

}  // namespace ff::daemon
