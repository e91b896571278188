#include "server/daemon/provisioning.h"

#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "conf/load/logging.h"
#include "server/coordinator/digest.h"

namespace ff::daemon {
namespace {

namespace fs = std::filesystem;

std::string Absolute(const fs::path& path) {
  return fs::absolute(path).lexically_normal().string();
}

fs::path ProgramFolder() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

// The same at every start of a coordinator on this database, and no other's.
std::string Mark(const std::string& database) {
  char host[256] = "";
  if (gethostname(host, sizeof(host) - 1) != 0) host[0] = '\0';
  return absl::StrCat("flops-fit:", coordinator::Digest({host, Absolute(database)}));
}

absl::StatusOr<std::string> FindScript(const std::string& configured) {
  std::error_code error;
  if (!configured.empty()) {
    if (fs::is_regular_file(configured, error)) return Absolute(configured);
    return absl::InvalidArgumentError(absl::StrCat("slurm.script=", configured,
                                                   ": there is no such file; leave the key empty "
                                                   "for the script that came with the program"));
  }
  const fs::path installed = ProgramFolder() / "../share/flops-fit/slurm/worker.sbatch";
  if (fs::is_regular_file(installed, error)) return Absolute(installed);
  if (fs::is_regular_file(FF_SLURM_SCRIPT, error)) return std::string(FF_SLURM_SCRIPT);
  return absl::InvalidArgumentError(
      "the job script share/flops-fit/slurm/worker.sbatch was not found beside the program; name "
      "it with slurm.script=PATH");
}

// Beside this program; elsewhere nodes look on their PATH.
std::string FindWorker() {
  const fs::path beside = ProgramFolder() / "ff-worker";
  return ::access(beside.c_str(), X_OK) == 0 ? beside.string() : "ff-worker";
}

absl::StatusOr<std::string> AddressForJobs(const std::string& configured,
                                           const ListenAddress& listen) {
  absl::StatusOr<ListenAddress> address =
      configured.empty() ? listen : ParseListenAddress("slurm.coordinator", configured);
  if (!address.ok()) return address.status();
  if (address->is_unix()) return absl::StrCat("unix:", Absolute(address->unix_path));
  const bool anywhere = address->host == "0.0.0.0" || address->host == "::";
  if (address->port == 0 || anywhere) {
    return absl::InvalidArgumentError(
        absl::StrCat("workers in jobs cannot call ", address->Text(),
                     "; name the address that they reach this coordinator at with "
                     "slurm.coordinator=HOST:PORT, and give listen.grpc a fixed port"));
  }
  return address->Text();
}

}  // namespace

absl::StatusOr<std::optional<Provisioning>> MakeProvisioning(const v1::CoordinatorConfig& config,
                                                             const Settings& settings) {
  if (config.provisioner() != "slurm") return std::nullopt;
  const v1::CoordinatorConfig::Slurm& c = config.slurm();
  if (c.min() > c.max()) {
    return absl::InvalidArgumentError(
        absl::StrCat("slurm.min=", c.min(), " is more than slurm.max=", c.max()));
  }
  Provisioning made;
  auto script = FindScript(c.script());
  if (!script.ok()) return script.status();
  auto address = AddressForJobs(c.coordinator(), settings.grpc);
  if (!address.ok()) return address.status();
  made.slurm.script = *script;
  made.slurm.coordinator = *address;
  made.slurm.job_name = c.job_name();
  made.slurm.mark = Mark(settings.database);
  made.slurm.partition = c.partition();
  made.slurm.sbatch = {c.sbatch().begin(), c.sbatch().end()};
  made.slurm.worker = {c.worker().begin(), c.worker().end()};
  made.slurm.labels = {c.labels().begin(), c.labels().end()};
  made.slurm.worker_program = FindWorker();
  made.slurm.folder =
      Absolute(c.folder().empty() ? fs::path(settings.database).parent_path() / "slurm"
                                  : fs::path(c.folder()));
  made.limits.min = c.min();
  made.limits.max = c.max();
  made.limits.idle = absl::Seconds(c.idle_seconds());
  made.limits.start = absl::Seconds(c.start_seconds());
  made.poll = absl::Seconds(c.poll_seconds());
  return made;
}

absl::Status PrepareFolder(const Provisioning& provisioning) {
  std::error_code error;
  fs::create_directories(provisioning.slurm.folder, error);
  if (error) {
    return absl::UnavailableError(absl::StrCat("cannot make the folder ", provisioning.slurm.folder,
                                               " (slurm.folder): ", error.message()));
  }
  conf::LogInfo("workers come from Slurm: ", provisioning.limits.min, " to ",
                provisioning.limits.max, " jobs, which call ", provisioning.slurm.coordinator);
  return absl::OkStatus();
}

}  // namespace ff::daemon
