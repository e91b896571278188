// ff-worker: trains what the coordinator leases, on this host's devices.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "conf/load/load.h"
#include "conf/load/logging.h"
#include "worker/agent/devices.h"
#include "worker/agent/self_test.h"
#include "worker/agent/session.h"
#include "worker/agent/settings.h"
#include "worker/agent/state_folder.h"

namespace {

constexpr int kError = 1, kWrongUsage = 2;

ff::agent::Session* session_of_process = nullptr;

void OnStopSignal(int) { session_of_process->RequestStop(); }

void ListenForSignals(ff::agent::Session& session) {
  session_of_process = &session;
  struct sigaction action = {};
  action.sa_handler = OnStopSignal;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGUSR2, &action, nullptr);  // a batch system's notice that the machine goes away
}

int Complain(const absl::Status& status, int code) {
  std::fprintf(stderr, "ff-worker: %s\n", std::string(status.message()).c_str());
  return code;
}

void TestThemselves(const ff::agent::Settings& settings, ff::agent::Devices& devices) {
  for (ff::v1::Device& device : devices.devices) {
    device.set_fault(ff::agent::SelfTest(settings, device));
    if (!device.fault().empty()) {
      ff::conf::LogError(device.id(), " is not used: ", device.fault());
    }
  }
}

int Work(const ff::agent::Settings& settings) {
  const auto state = ff::agent::StateFolder::Open(settings.state_path);
  if (!state.ok()) return Complain(state.status(), kError);
  auto devices = ff::agent::FindDevices(settings);
  if (!devices.ok()) return Complain(devices.status(), kError);
  if (settings.self_test) TestThemselves(settings, *devices);
  for (const auto& device : devices->devices) {
    ff::conf::LogInfo(device.id(), " (", device.name(), "): ", device.slots(),
                      " experiments at once, ", devices->threads_per_slot, " threads each");
  }
  ff::agent::Session session(settings, **state, *devices);
  ListenForSignals(session);
  ff::conf::LogInfo("worker ", (*state)->worker_id(), " (", settings.name, ") for ",
                    settings.coordinator, ", state in ", (*state)->path());
  session.Run();
  std::signal(SIGTERM, SIG_IGN);
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGUSR2, SIG_IGN);
  ff::conf::LogInfo("leaving");
  return 0;
}

// A rank other than 0 has no agent: its trainer takes orders from that of rank 0.
int Follow(const ff::agent::Settings& settings) {
  const auto program = ff::agent::TrainerFor(settings, "umup_gpt");
  if (!program.ok()) return Complain(program.status(), kError);
  const std::string& name = program->front();
  execl(name.c_str(), name.c_str(), "--follow", nullptr);
  std::perror(("ff-worker: cannot start " + name).c_str());
  return kError;
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = ff::agent::ParseArguments({argv + 1, argv + argc});
  if (!arguments.ok()) return Complain(arguments.status(), kWrongUsage);
  if (arguments->help) return std::printf("%s", ff::agent::kUsage) < 0;
  if (arguments->version) return std::printf("ff-worker %s\n", FF_VERSION) < 0;
  const auto config = ff::conf::LoadConfig(arguments->load);
  if (!config.ok()) return Complain(config.status(), kWrongUsage);
  const ff::v1::WorkerConfig& worker = config->worker();
  ff::conf::SetUpLogging("worker", worker.log().level(), worker.log().format());
  const auto settings = ff::agent::MakeSettings(worker, *arguments);
  if (!settings.ok()) return Complain(settings.status(), kWrongUsage);
  return settings->ranks > 1 && settings->rank > 0 ? Follow(*settings) : Work(*settings);
}
