#include "server/daemon/flags.h"

#include <CLI/CLI.hpp>

namespace ff::daemon {

Flags ParseFlags(int argc, const char* const* argv, const std::string& version) {
  Flags flags;
  CLI::App app(
      "The coordinator of flops-fit: keeps sweeps and their results, gives work to ff-worker,\n"
      "fits scaling laws, serves the dashboard. Configuration: conf/coordinator.yaml, which\n"
      "explains every key; --config files go over it, key.path=value words over those.",
      "ff-coordinator");
  app.add_option("--config", flags.config_files, "YAML file, or the name of a preset; repeatable")
      ->type_name("FILE")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("overrides", flags.overrides, "such as listen.http=127.0.0.1:0")
      ->type_name("key.path=value");
  bool insecure_public = false;
  app.add_flag("--insecure-public", insecure_public,
               "listen beyond loopback without TLS and authentication; warns at every start");
  app.set_version_flag("--version", "ff-coordinator " + version);
  app.footer("Example: ff-coordinator listen.grpc=unix:/tmp/me.sock database.path=me.db");
  try {
    app.parse(argc, argv);
    if (insecure_public) flags.overrides.emplace_back("listen.insecure_public=true");
  } catch (const CLI::ParseError& error) {
    // CLI11 has a number for each kind of mistake; 2 is what shells expect of bad usage.
    flags.exit_code = app.exit(error) == 0 ? 0 : 2;
  }
  return flags;
}

}  // namespace ff::daemon
