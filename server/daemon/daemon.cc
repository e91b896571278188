#include "server/daemon/daemon.h"

#include <unistd.h>

#include <filesystem>

#include "absl/time/clock.h"
#include "conf/load/logging.h"

namespace ff::daemon {
namespace {

std::string HostName() {
  char name[256] = "";
  return gethostname(name, sizeof(name) - 1) == 0 ? name : "";
}

gateway::Options GatewayOptions(const Settings& settings, coordinator::Coordinator* coordinator,
                                std::function<convert::ServerInfo()> info) {
  gateway::Options options;
  options.context = {coordinator, settings.analyzer_defaults, std::move(info)};
  options.web_root = settings.web_root;
  if (settings.http.has_value()) options.own_names = {settings.http->host, HostName()};
  return options;
}

}  // namespace

Daemon::Daemon(const Settings& settings, std::unique_ptr<storage::Store> store)
    : store_(std::move(store)),
      coordinator_(store_.get(), settings.coordinator, [] { return absl::Now(); }),
      gateway_(GatewayOptions(settings, &coordinator_, [this] { return info(); })),
      grpc_(&coordinator_, settings.analyzer_defaults, [this] { return info(); }) {
  info_.version = settings.coordinator.version;
  info_.pid = getpid();
  info_.started_at = absl::Now();
  info_.database = std::filesystem::absolute(settings.database).lexically_normal().string();
}

Daemon::~Daemon() {
  lease_ticker_.reset();
  fit_ticker_.reset();
  grpc_.Stop();
  gateway_.Stop();
}

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(const Settings& settings) {
  auto store = storage::OpenSqliteStore(settings.database, settings.sqlite);
  if (!store.ok()) return store.status();
  std::unique_ptr<Daemon> daemon(new Daemon(settings, *std::move(store)));
  if (absl::Status status = daemon->OpenDoors(settings); !status.ok()) return status;
  daemon->lease_ticker_ =
      std::make_unique<Ticker>("expiry of leases", absl::Seconds(1),
                               [&daemon = *daemon] { return daemon.coordinator_.ExpireLeases(); });
  daemon->fit_ticker_ =
      std::make_unique<Ticker>("fitting of laws", absl::Milliseconds(200),
                               [&daemon = *daemon] { return daemon.coordinator_.FitDue(); });
  return daemon;
}

absl::Status Daemon::OpenDoors(const Settings& settings) {
  // Held so that the first caller of GetInfo learns both addresses.
  std::lock_guard<std::mutex> lock(info_mutex_);
  if (settings.http.has_value()) {
    if (absl::Status status = OpenHttp(*settings.http); !status.ok()) return status;
  }
  absl::StatusOr<ListenAddress> grpc = grpc_.Start(settings.grpc);
  if (!grpc.ok()) return grpc.status();
  info_.grpc_address = grpc->Text();
  conf::LogInfo("gRPC on ", info_.grpc_address);
  if (settings.http.has_value()) conf::LogInfo("dashboard on http://", info_.http_address, "/");
  return absl::OkStatus();
}

absl::Status Daemon::OpenHttp(const ListenAddress& address) {
  const absl::StatusOr<int> port = gateway_.Start(address.host, address.port);
  if (!port.ok()) return WhyNot("listen.http", address);
  ListenAddress taken = address;
  taken.port = *port;
  info_.http_address = taken.Text();
  return absl::OkStatus();
}

convert::ServerInfo Daemon::info() const {
  std::lock_guard<std::mutex> lock(info_mutex_);
  return info_;
}

}  // namespace ff::daemon
