#include "worker/agent/settings.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "proto/wire/secret_file.h"

namespace ff::agent {

const char kUsage[] =
    "usage: ff-worker [--config FILE]... [key.path=value]... [--exit-when-idle]\n"
    "                 [--max-experiments N]\n"
    "\n"
    "Takes experiments from the coordinator, trains them on this machine's devices and\n"
    "reports what they measure. SIGTERM, SIGINT or SIGUSR2 (a batch system's notice): what ends\n"
    "within drain_seconds goes on, the rest is checkpointed and handed back; then it leaves. "
    "Another\n"
    "one, a second or more later: at once.\n"
    "\n"
    "Where a launcher (srun, torchrun) starts it as one of several ranks that train each "
    "experiment\n"
    "together (WORLD_SIZE above 1), rank 0 is the worker and the others are its trainers\n"
    "(docs/training.md, several devices).\n"
    "\n"
    "  --config FILE      a YAML file, or the name of a preset; later ones win\n"
    "  key.path=value     one key of conf/worker.yaml, e.g. coordinator=10.0.0.1:7410,\n"
    "                     paths.state=/var/lib/flops-fit, devices.cpu_slots=2\n"
    "  --exit-when-idle   leave when the coordinator has had nothing to do twice in a row\n"
    "  --max-experiments N  leave after N experiments\n"
    "  --help, --version\n"
    "\n"
    "exit codes: 0 done or told to leave, 1 an error, 2 a wrong command line or configuration\n";

namespace {

std::string HostName() {
  char name[256] = {};
  return gethostname(name, sizeof(name) - 1) == 0 ? name : "unknown";
}

// Of the environment; ff-trainer says what is wrong with one that makes no sense.
int NumberOf(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  int number = otherwise;
  return text != nullptr && absl::SimpleAtoi(text, &number) ? number : otherwise;
}

std::string BesideThisProgram(const std::string& name) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (self.parent_path() / name).string();
}

// A word without a slash is looked for as a shell does; what is not found stays as it is.
std::string FindOnPath(const std::string& program) {
  if (absl::StrContains(program, "/")) return program;
  const char* path = std::getenv("PATH");
  for (const absl::string_view folder : absl::StrSplit(path == nullptr ? "" : path, ':')) {
    const std::string candidate = absl::StrCat(folder, "/", program);
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return program;
}

absl::StatusOr<wire::Dialing> DialingOf(const v1::WorkerConfig& config) {
  const v1::WorkerConfig::Tls& tls = config.tls();
  wire::Dialing dialing;
  dialing.tls = !tls.ca().empty();
  dialing.server_name = tls.server_name();
  if (tls.certificate().empty() != tls.key().empty()) {
    return absl::InvalidArgumentError("tls.certificate and tls.key need each other");
  }
  if (!dialing.tls && !tls.certificate().empty()) {
    return absl::InvalidArgumentError("tls.certificate needs tls.ca: it is shown over TLS alone");
  }
  absl::StatusOr<std::string> text = "";
  if (dialing.tls) text = wire::ReadWholeFile(tls.ca());
  if (text.ok()) dialing.ca = *text;
  if (text.ok() && !tls.certificate().empty()) text = wire::ReadWholeFile(tls.certificate());
  if (text.ok() && !tls.certificate().empty()) dialing.certificate = *text;
  if (text.ok() && !tls.key().empty()) text = wire::ReadSecretFile(tls.key());
  if (text.ok() && !tls.key().empty()) dialing.key = *text;
  if (!text.ok()) return text.status();
  if (!config.token_file().empty()) {
    const auto file = wire::TokenFile::Open(config.token_file());
    if (!file.ok()) return file.status();
    dialing.token = [file = *file] { return file->Get(); };
  }
  const absl::Status checked = wire::CheckDialing(config.coordinator(), dialing);
  if (!checked.ok()) return checked;
  return dialing;
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
    } else if (word == "--max-experiments") {
      const bool sound =
          ++i < words.size() && absl::SimpleAtoi(words[i], &arguments.max_experiments);
      if (!sound || arguments.max_experiments < 1) {
        return absl::InvalidArgumentError("--max-experiments needs a number, at least 1");
      }
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

absl::StatusOr<Settings> MakeSettings(const v1::WorkerConfig& config, const Arguments& arguments) {
  Settings settings;
  absl::StatusOr<wire::Dialing> dialing = DialingOf(config);
  if (!dialing.ok()) return dialing.status();
  settings.dialing = *std::move(dialing);
  settings.coordinator = config.coordinator();
  settings.host = HostName();
  settings.name = config.name().empty() ? settings.host : config.name();
  settings.version = FF_VERSION;
  settings.labels.assign(config.labels().begin(), config.labels().end());
  settings.state_path = config.paths().state();
  settings.data_paths.assign(config.paths().data().begin(), config.paths().data().end());
  settings.device_kind = config.devices().kind();
  settings.cpu_slots = config.devices().cpu_slots();
  settings.gpu_slots = config.devices().gpu_slots();
  settings.threads_per_slot = config.devices().threads_per_slot();
  settings.per_experiment = std::max(config.devices().per_experiment(), 1);
  settings.ranks = NumberOf("WORLD_SIZE", 1), settings.rank = NumberOf("RANK", 0);
  if (settings.ranks > 1) settings.per_experiment = 1;  // here; the others have theirs
  const auto named_or_beside = [](const std::string& named, const std::string& name) {
    return named.empty() ? BesideThisProgram(name) : named;
  };
  const v1::WorkerConfig::Trainers& trainers = config.trainers();
  settings.umup_gpt_program = named_or_beside(trainers.umup_gpt(), "ff-trainer");
  settings.synthetic_program = named_or_beside(trainers.synthetic(), "ff-trainer-synthetic");
  settings.http_program = BesideThisProgram("ff-trainer-http");
  settings.http_url = trainers.http();
  settings.command.assign(trainers.command().begin(), trainers.command().end());
  settings.allowed_modes.assign(trainers.modes().begin(), trainers.modes().end());
  settings.stop_grace = absl::Seconds(trainers.stop_seconds());
  settings.patience.factor = trainers.stall_factor();
  settings.patience.floor = absl::Seconds(trainers.stall_seconds());
  settings.self_test = trainers.self_test();
  settings.drain_window = absl::Seconds(config.drain_seconds());
  settings.transfer_through = config.transfer().through();
  settings.transfer_folder = config.transfer().folder();
  settings.cache_bytes = config.transfer().cache_bytes();
  settings.min_free_bytes = config.disk().min_free_bytes();
  settings.exit_when_idle = arguments.exit_when_idle;
  settings.max_experiments = arguments.max_experiments;
  return settings;
}

absl::StatusOr<Program> TrainerFor(const Settings& settings, const std::string& mode) {
  const std::vector<std::string>& allowed = settings.allowed_modes;
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), mode) == allowed.end()) {
    return absl::NotFoundError(
        absl::StrCat("worker ", settings.name, " does not train mode \"", mode,
                     "\": trainers.modes in its conf/worker.yaml leaves it out"));
  }
  Program program;
  if (mode == "umup_gpt") program = {settings.umup_gpt_program};
  if (mode == "synthetic") program = {settings.synthetic_program};
  if (mode == "command") program = settings.command;
  if (mode == "http" && !settings.http_url.empty()) {
    program = {settings.http_program, settings.http_url};
  }
  if (program.empty() || program.front().empty()) {
    return absl::NotFoundError(absl::StrCat("worker ", settings.name, " has no trainer for mode \"",
                                            mode, "\"; name one with trainers.", mode,
                                            " in conf/worker.yaml"));
  }
  program.front() = FindOnPath(program.front());
  if (access(program.front().c_str(), X_OK) == 0) return program;
  return absl::NotFoundError(absl::StrCat(
      "worker ", settings.name, " has no program ", program.front(), " to train mode ", mode,
      "; build it, or name one with trainers.", mode, "=PATH in conf/worker.yaml"));
}

std::vector<std::string> ModesOf(const Settings& settings) {
  std::vector<std::string> modes;
  for (const char* mode : {"umup_gpt", "synthetic", "command", "http"}) {
    if (TrainerFor(settings, mode).ok()) modes.push_back(mode);
  }
  return modes;
}

}  // namespace ff::agent
