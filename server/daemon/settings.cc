#include "server/daemon/settings.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "server/convert/analysis.h"
#include "server/daemon/provisioning.h"
#include "server/scheduler/failure_rules.h"

namespace ff::daemon {
namespace {

bool HasIndex(const std::filesystem::path& folder) {
  std::error_code error;
  return std::filesystem::is_regular_file(folder / "index.html", error);
}

// Installed: bin/ff-coordinator and share/flops-fit/web. Built: FF_WEB_ROOT.
absl::StatusOr<std::string> FindWebRoot(const std::string& configured) {
  if (!configured.empty()) {
    if (HasIndex(configured)) return configured;
    return absl::InvalidArgumentError(
        absl::StrCat("web_root=", configured,
                     ": there is no index.html in that folder; leave the "
                     "key empty for the dashboard that came with the program"));
  }
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path installed = program.parent_path() / "../share/flops-fit/web";
  if (!error && HasIndex(installed)) return installed.lexically_normal().string();
  return HasIndex(FF_WEB_ROOT) ? FF_WEB_ROOT : "";
}

absl::StatusOr<ListenAddress> ParseAndCheck(const std::string& key, const std::string& text,
                                            const v1::CoordinatorConfig& config,
                                            Settings* settings) {
  absl::StatusOr<ListenAddress> address = ParseListenAddress(key, text);
  if (!address.ok()) return address;
  const bool guarded =
      !config.tls().certificate().empty() && config.access().authentication() == "required";
  const absl::Status exposure =
      CheckExposure(key, *address, guarded, config.listen().insecure_public());
  if (!exposure.ok()) return exposure;
  if (!guarded && !address->IsLocal()) {
    settings->exposed.push_back(absl::StrCat(key, "=", address->Text()));
  }
  return address;
}

absl::Status SetAddresses(const v1::CoordinatorConfig& config, Settings* settings) {
  const v1::CoordinatorConfig::Listen& listen = config.listen();
  auto grpc = ParseAndCheck("listen.grpc", listen.grpc(), config, settings);
  if (!grpc.ok()) return grpc.status();
  settings->grpc = *grpc;
  if (listen.http().empty()) return absl::OkStatus();
  auto http = ParseAndCheck("listen.http", listen.http(), config, settings);
  if (!http.ok()) return http.status();
  if (http->is_unix()) {
    return absl::InvalidArgumentError(
        absl::StrCat("listen.http=", listen.http(), ": browsers need HOST:PORT; empty is no HTTP"));
  }
  settings->http = *http;
  return absl::OkStatus();
}

std::string BesideDatabase(const std::string& database, const std::string& name) {
  return (std::filesystem::path(database).parent_path() / name).string();
}

absl::StatusOr<std::string> ReadPem(const std::string& key, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file && text << file.rdbuf()) return text.str();
  return absl::InvalidArgumentError(
      absl::StrCat(key, "=", path, ": the file can't be read; `ffctl ca` makes such files"));
}

// Others must not read the key: whoever has it can be taken for the coordinator.
absl::Status CheckPrivate(const std::string& key, const std::string& path) {
  struct stat file = {};
  if (stat(path.c_str(), &file) != 0 || (file.st_mode & (S_IRWXO | S_IWGRP)) == 0) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(key, "=", path,
                   ": others on this machine can read it; chmod 600 it, and if they might have, ",
                   "make a new one"));
}

absl::Status SetTls(const v1::CoordinatorConfig::Tls& tls, Settings* settings) {
  if (tls.certificate().empty() != tls.key().empty()) {
    return absl::InvalidArgumentError("tls.certificate and tls.key need each other");
  }
  if (tls.certificate().empty()) {
    if (tls.client_ca().empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(
        "tls.client_ca needs tls.certificate: without TLS nobody shows a certificate");
  }
  GrpcOptions& grpc = settings->grpc_options;
  absl::Status status = CheckPrivate("tls.key", tls.key());
  for (const auto& [key, path, text] :
       {std::tuple("tls.certificate", tls.certificate(), &grpc.certificate),
        std::tuple("tls.key", tls.key(), &grpc.key),
        std::tuple("tls.client_ca", tls.client_ca(), &grpc.client_ca)}) {
    if (!status.ok()) return status;
    if (path.empty()) continue;
    absl::StatusOr<std::string> pem = ReadPem(key, path);
    status = pem.status();
    if (pem.ok()) *text = *std::move(pem);
  }
  if (!status.ok()) return status;
  auto context = gateway::TlsContext::Load(tls.certificate(), tls.key());
  if (!context.ok()) return context.status();
  settings->http_options.tls = *std::move(context);
  return absl::OkStatus();
}

void SetAccess(const v1::CoordinatorConfig& c, Settings* settings) {
  settings->access.required = c.access().authentication() == "required";
  settings->access.session_length = absl::Hours(c.access().session_hours());
  settings->access.open_metrics = c.access().open_metrics();
  settings->access.requests_per_second = c.limits().requests_per_second();
  settings->access.burst = c.limits().burst();
  settings->admin_token_file = c.access().admin_token_file().empty()
                                   ? BesideDatabase(settings->database, "admin.token")
                                   : c.access().admin_token_file();
  settings->http_options.connections = c.limits().http_connections();
  settings->http_options.request_time = absl::Seconds(c.limits().request_seconds());
  settings->grpc_options.handshake_time = absl::Seconds(c.limits().request_seconds());
}

void SetScheduling(const v1::CoordinatorConfig& c, const std::string& version,
                   coordinator::Options* options) {
  options->sync_interval = absl::Seconds(c.lease().sync_interval_seconds());
  options->lease_length = absl::Seconds(c.lease().lease_seconds());
  options->restart_grace = absl::Seconds(c.lease().restart_grace_seconds());
  options->max_syncs_per_second = c.lease().max_syncs_per_second();
  options->max_retries = c.retry().max_retries();
  options->backoff = absl::Seconds(c.retry().backoff_seconds());
  options->max_backoff = absl::Seconds(c.retry().max_backoff_seconds());
  options->max_losses = c.retry().max_losses();
  options->quarantine_after = c.quarantine().after_failures();
  options->quarantine_within = absl::Seconds(c.quarantine().within_seconds());
  options->version = version;
}

}  // namespace

absl::StatusOr<Settings> MakeSettings(const v1::FlopsFitConfig& config,
                                      const std::string& version) {
  const v1::CoordinatorConfig& c = config.coordinator();
  Settings settings;
  if (absl::Status status = SetAddresses(c, &settings); !status.ok()) return status;
  if (absl::Status status = SetTls(c.tls(), &settings); !status.ok()) return status;
  if (c.lease().lease_seconds() <= c.lease().sync_interval_seconds()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "lease.lease_seconds=", c.lease().lease_seconds(),
        " must be more than "
        "lease.sync_interval_seconds=",
        c.lease().sync_interval_seconds(),
        ", or every lease runs out before its worker reports; several intervals are usual"));
  }
  absl::StatusOr<std::string> web_root = FindWebRoot(c.web_root());
  if (!web_root.ok()) return web_root.status();
  settings.web_root = *std::move(web_root);
  settings.database = c.database().path();
  settings.sqlite.synchronous = c.database().synchronous() == "normal"
                                    ? storage::Synchronous::kNormal
                                    : storage::Synchronous::kFull;
  absl::StatusOr<AnalyzeOptions> analyze = convert::FromProto(config.analyzer());
  if (!analyze.ok()) return analyze.status();
  settings.min_free_bytes = c.database().min_free_bytes();
  settings.files_path =
      c.files().path().empty() ? BesideDatabase(settings.database, "files") : c.files().path();
  settings.files_max_bytes = c.files().max_bytes();
  const auto rules =
      scheduler::ParseFailureRules({c.retry().rules().begin(), c.retry().rules().end()});
  if (!rules.ok()) return rules.status();
  settings.coordinator.failure_rules = *rules;
  SetScheduling(c, version, &settings.coordinator);
  settings.coordinator.analyze = *std::move(analyze);
  settings.analyzer_defaults = config.analyzer();
  settings.log_level = c.log().level();
  auto provisioning = MakeProvisioning(c, settings);
  if (!provisioning.ok()) return provisioning.status();
  settings.provisioning = *std::move(provisioning);
  settings.log_format = c.log().format();
  SetAccess(c, &settings);
  return settings;
}

}  // namespace ff::daemon
