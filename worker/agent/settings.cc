#include "worker/agent/settings.h"

#include <unistd.h>

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace ff::agent {

const char kUsage[] =
    "usage: ff-worker [--config FILE]... [key.path=value]... [--exit-when-idle]\n"
    "\n"
    "Takes experiments from the coordinator, trains them on this machine's devices and\n"
    "reports what they measure. SIGTERM checkpoints what runs, hands it back and leaves.\n"
    "\n"
    "  --config FILE      a YAML file, or the name of a preset; later ones win\n"
    "  key.path=value     one key of conf/worker.yaml, e.g. coordinator=10.0.0.1:7410,\n"
    "                     paths.state=/var/lib/flops-fit, devices.cpu_slots=2\n"
    "  --exit-when-idle   leave when the coordinator has had nothing to do twice in a row\n"
    "  --help, --version\n"
    "\n"
    "exit codes: 0 done or told to leave, 1 an error, 2 a wrong command line or configuration\n";

namespace {

std::string HostName() {
  char name[256] = {};
  return gethostname(name, sizeof(name) - 1) == 0 ? name : "unknown";
}

std::string BesideThisProgram(const std::string& name) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (self.parent_path() / name).string();
}

}  // namespace

absl::StatusOr<Arguments> ParseArguments(const std::vector<std::string>& words) {
  Arguments arguments;
  arguments.load.stage = "worker";
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--help" || word == "-h") {
      arguments.help = true;
    } else if (word == "--version") {
      arguments.version = true;
    } else if (word == "--exit-when-idle") {
      arguments.exit_when_idle = true;
    } else if (word == "--config") {
      if (++i == words.size()) return absl::InvalidArgumentError("--config needs a file's name");
      arguments.load.files.push_back(words[i]);
    } else if (absl::StartsWith(word, "--config=")) {
      arguments.load.files.push_back(word.substr(9));
    } else if (!absl::StartsWith(word, "-") && absl::StrContains(word, "=")) {
      arguments.load.overrides.push_back(word);
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat("unknown argument \"", word, "\"; see ff-worker --help"));
    }
  }
  return arguments;
}

Settings MakeSettings(const v1::WorkerConfig& config, bool exit_when_idle) {
  Settings settings;
  settings.coordinator = config.coordinator();
  settings.host = HostName();
  settings.name = config.name().empty() ? settings.host : config.name();
  settings.version = FF_VERSION;
  settings.state_path = config.paths().state();
  settings.data_paths.assign(config.paths().data().begin(), config.paths().data().end());
  settings.device_kind = config.devices().kind();
  settings.cpu_slots = config.devices().cpu_slots();
  settings.threads_per_slot = config.devices().threads_per_slot();
  settings.umup_gpt_program = config.trainers().umup_gpt();
  if (settings.umup_gpt_program.empty()) {
    settings.umup_gpt_program = BesideThisProgram("ff-trainer");
  }
  settings.synthetic_program = config.trainers().synthetic();
  if (settings.synthetic_program.empty()) {
    settings.synthetic_program = BesideThisProgram("ff-trainer-synthetic");
  }
  settings.stop_grace = absl::Seconds(config.trainers().stop_seconds());
  settings.min_free_bytes = config.disk().min_free_bytes();
  settings.exit_when_idle = exit_when_idle;
  return settings;
}

absl::StatusOr<std::string> TrainerFor(const Settings& settings, const std::string& mode) {
  std::string program;
  if (mode == "umup_gpt") program = settings.umup_gpt_program;
  if (mode == "synthetic") program = settings.synthetic_program;
  if (program.empty()) {
    return absl::NotFoundError(absl::StrCat("worker ", settings.name, " has no trainer for mode \"",
                                            mode, "\"; it knows umup_gpt and synthetic"));
  }
  if (access(program.c_str(), X_OK) == 0) return program;
  return absl::NotFoundError(
      absl::StrCat("worker ", settings.name, " has no program ", program, " to train mode ", mode,
                   "; build it, or name one with trainers.", mode, "=PATH in conf/worker.yaml"));
}

}  // namespace ff::agent
