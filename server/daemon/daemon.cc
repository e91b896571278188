#include "server/daemon/daemon.h"

#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "conf/load/logging.h"
#include "conf/load/service_manager.h"
#include "server/daemon/provisioning.h"
#include "server/daemon/read_spec.h"
#include "server/daemon/write_secret.h"

namespace ff::daemon {
namespace {

// Files that nothing names any more go after this: a checkpoint is brought before the report
// that names it, a dataset before its sweep.
constexpr absl::Duration kFilesAge = absl::Hours(1);

std::string HostName() {
  char name[256] = "";
  return gethostname(name, sizeof(name) - 1) == 0 ? name : "";
}

coordinator::Options CoordinatorOptions(const Settings& settings, FreeSpace* disk,
                                        std::function<std::string()> provisioning) {
  coordinator::Options options = settings.coordinator;
  options.may_grant = [disk] { return disk->Enough(absl::Now()); };
  options.provisioning = std::move(provisioning);
  return options;
}

gateway::Options GatewayOptions(const Settings& settings, coordinator::Coordinator* coordinator,
                                coordinator::AccessControl* access,
                                std::function<convert::ServerInfo()> info) {
  gateway::Options options;
  options.context = {coordinator, settings.analyzer_defaults, MakeSpecReader(coordinator),
                     std::move(info), access};
  options.http = settings.http_options;
  options.web_root = settings.web_root;
  if (settings.http.has_value()) options.own_names = {settings.http->host, HostName()};
  if (options.http.tls != nullptr) {
    for (const std::string& name : options.http.tls->names()) options.own_names.push_back(name);
  }
  return options;
}

}  // namespace

Daemon::Daemon(const Settings& settings, std::unique_ptr<storage::Store> store)
    : free_space_(settings.database, settings.min_free_bytes),
      store_(std::move(store)),
      files_(settings.files_path, settings.files_max_bytes),
      coordinator_(
          store_.get(),
          CoordinatorOptions(settings, &free_space_, [this] { return ProvisioningWords(); }),
          [this] { return clock_.Now(); }),
      access_(store_.get(), settings.access, [this] { return clock_.Now(); }),
      gateway_(GatewayOptions(settings, &coordinator_, &access_, [this] { return info(); })),
      grpc_(
          &coordinator_, &access_, &files_, settings.analyzer_defaults,
          MakeSpecReader(&coordinator_), [this] { return info(); }, settings.grpc_options) {
  info_.version = settings.coordinator.version;
  info_.pid = getpid();
  info_.started_at = absl::Now();
  info_.database = std::filesystem::absolute(settings.database).lexically_normal().string();
}

Daemon::~Daemon() {
  watchdog_ticker_.reset();
  provisioner_ticker_.reset();
  lease_ticker_.reset();
  fit_ticker_.reset();
  files_ticker_.reset();
  grpc_.Stop();
  gateway_.Stop();
  access_ticker_.reset();
  if (const absl::Status status = access_.FlushUses(); !status.ok()) {
    conf::LogWarning("when tokens were used last could not be written: ", status.message());
  }
}

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(const Settings& settings) {
  auto store = storage::OpenSqliteStore(settings.database, settings.sqlite);
  if (!store.ok()) return store.status();
  std::unique_ptr<Daemon> daemon(new Daemon(settings, *std::move(store)));
  if (absl::Status status = daemon->PrepareAccess(settings); !status.ok()) return status;
  if (absl::Status status = daemon->OpenDoors(settings); !status.ok()) return status;
  daemon->lease_ticker_ =
      std::make_unique<Ticker>("expiry of leases", absl::Seconds(1),
                               [&daemon = *daemon] { return daemon.coordinator_.ExpireLeases(); });
  daemon->fit_ticker_ =
      std::make_unique<Ticker>("fitting of laws", absl::Milliseconds(200),
                               [&daemon = *daemon] { return daemon.coordinator_.FitDue(); });
  daemon->files_ticker_ =
      std::make_unique<Ticker>("removal of old files", kFilesAge / 4,
                               [&daemon = *daemon] { return daemon.RemoveOldFiles(); });
  daemon->access_ticker_ =
      std::make_unique<Ticker>("writing of last uses", absl::Minutes(1),
                               [&daemon = *daemon] { return daemon.access_.FlushUses(); });
  if (const absl::Duration watchdog = conf::WatchdogInterval();
      watchdog < absl::InfiniteDuration()) {
    daemon->watchdog_ticker_ = std::make_unique<Ticker>(
        "the watchdog", watchdog / 3, [&daemon = *daemon] { return daemon.SayAlive(); });
  }
  if (settings.provisioning.has_value()) {
    const absl::Status started = daemon->StartProvisioning(*settings.provisioning);
    if (!started.ok()) return started;
  }
  return daemon;
}

// Here and not with the coordinator: jobs call back, so the doors must be open.
absl::Status Daemon::StartProvisioning(const Provisioning& settings) {
  if (absl::Status status = PrepareFolder(settings); !status.ok()) return status;
  auto made = std::make_unique<provisioner::Provisioner>(
      &coordinator_, std::make_unique<provisioner::Slurm>(settings.slurm), settings.limits,
      settings.slurm.labels, [this] { return clock_.Now(); });
  {
    std::lock_guard<std::mutex> lock(info_mutex_);
    provisioner_ = std::move(made);
  }
  provisioner_ticker_ = std::make_unique<Ticker>("starting of workers", settings.poll,
                                                 [this] { return provisioner_->Step(); });
  return absl::OkStatus();
}

// The writer's queue moves, whatever comes of it: a full disk is no reason to be killed.
absl::Status Daemon::SayAlive() {
  const absl::Status written =
      store_->Write([](storage::Transaction&) { return absl::OkStatus(); });
  conf::NotifyAlive();
  return written;
}

absl::Status Daemon::PrepareAccess(const Settings& settings) {
  for (const std::string& door : settings.exposed) {
    conf::LogWarning(door,
                     " is open to everybody who can reach it, without TLS or credentials "
                     "(listen.insecure_public): they can read everything and run training on your "
                     "workers; docs/security.md tells how to close it");
  }
  if (absl::Status status = access_.Load(); !status.ok()) return status;
  const auto admin = access_.FirstAdmin();
  if (!admin.ok()) return admin.status();
  if (!admin->has_value()) return absl::OkStatus();
  const std::string& path = settings.admin_token_file;
  if (absl::Status status = WriteSecret(path, (*admin)->token + "\n"); !status.ok()) {
    // In force and known to nobody, it would keep the next start from making another.
    status.Update(access_.RevokeToken((*admin)->credential.id).status());
    return status;
  }
  conf::LogInfo("no admin's token was in force: a new one, of ", (*admin)->credential.name,
                ", lies in ", path, " (ffctl context add NAME ADDRESS --token-file ", path, ")");
  return absl::OkStatus();
}

absl::Status Daemon::RemoveOldFiles() {
  std::vector<std::string> wanted;
  const absl::Status listed = store_->Read([&](storage::View& view) -> absl::Status {
    auto files = view.ListStoredFiles();
    if (files.ok()) wanted = *std::move(files);
    return files.status();
  });
  return listed.ok() ? files_.RemoveUnwanted(wanted, absl::Now() - kFilesAge) : listed;
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
  if (settings.http.has_value()) {
    conf::LogInfo("dashboard on ", settings.http_options.tls != nullptr ? "https" : "http", "://",
                  info_.http_address, "/");
  }
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
  convert::ServerInfo info = info_;
  if (provisioner_ != nullptr) {
    const provisioner::Status jobs = provisioner_->status();
    info.provisioning = {"slurm",  jobs.running, jobs.pending, jobs.wanted,
                         jobs.max, jobs.message, jobs.failing};
  }
  return info;
}

std::string Daemon::ProvisioningWords() const {
  const std::optional<convert::ProvisioningInfo> jobs = info().provisioning;
  return jobs.has_value() ? absl::StrCat(jobs->kind, ": ", jobs->message) : "";
}

}  // namespace ff::daemon
