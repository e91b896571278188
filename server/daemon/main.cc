// ff-coordinator. Exit status: 0 stopped by a signal, 1 could not start, 2 wrong flags or
// configuration.
#include <cstdio>
#include <cstdlib>

#include "conf/load/load.h"
#include "conf/load/logging.h"
#include "conf/load/service_manager.h"
#include "server/daemon/daemon.h"
#include "server/daemon/flags.h"
#include "server/daemon/settings.h"
#include "server/daemon/stop_signals.h"

namespace {

int Fail(const absl::Status& status, int exit_code) {
  std::fprintf(stderr, "ff-coordinator: %s\n", std::string(status.message()).c_str());
  return exit_code;
}

absl::StatusOr<ff::daemon::Settings> LoadSettings(const ff::daemon::Flags& flags) {
  auto config = ff::conf::LoadConfig(
      {.files = flags.config_files, .overrides = flags.overrides, .stage = "coordinator"});
  if (!config.ok()) return config.status();
  return ff::daemon::MakeSettings(*config, FF_VERSION);
}

}  // namespace

int main(int argc, char** argv) {
  const ff::daemon::Flags flags = ff::daemon::ParseFlags(argc, argv, FF_VERSION);
  if (flags.exit_code.has_value()) return *flags.exit_code;
  const absl::StatusOr<ff::daemon::Settings> settings = LoadSettings(flags);
  if (!settings.ok()) return Fail(settings.status(), 2);

  // gRPC reports a taken port in a riddle of its own; we say it better.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  ff::daemon::BlockStopSignals();
  ff::conf::SetUpLogging("coordinator", settings->log_level, settings->log_format);
  absl::StatusOr<std::unique_ptr<ff::daemon::Daemon>> daemon = ff::daemon::Daemon::Start(*settings);
  if (!daemon.ok()) return Fail(daemon.status(), 1);
  if (settings->http.has_value() && settings->web_root.empty()) {
    ff::conf::LogWarning(
        "the dashboard's files were not found, only the API answers over HTTP; name their folder "
        "with web_root=DIR");
  }
  ff::conf::LogInfo("database ", (*daemon)->info().database);
  ff::conf::NotifyReady("programs on " + (*daemon)->info().grpc_address);
  const int signal = ff::daemon::WaitForStopSignal();
  ff::conf::NotifyStopping();
  ff::conf::LogInfo("stopping on signal ", signal, "; a second one ends at once");
  daemon->reset();
  ff::conf::LogInfo("stopped");
  return 0;
}
