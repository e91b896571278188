#include "worker/agent/devices.h"

#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "conf/load/logging.h"
#include "worker/agent/gpu_share.h"
#include "worker/agent/trainer_process.h"

namespace ff::agent {
namespace {

constexpr int kMostCpuSlots = 8;

// Cores this process may run on, which a container or a batch system may have cut down.
int Cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(CPU_COUNT(&set), 1);
  return static_cast<int>(std::max(sysconf(_SC_NPROCESSORS_ONLN), 1L));
}

v1::Device Cpu(const Settings& settings) {
  v1::Device cpu;
  cpu.set_id("cpu"), cpu.set_kind("cpu");
  cpu.set_name(absl::StrCat(Cores(), " cores"));
  cpu.set_memory_bytes(static_cast<double>(sysconf(_SC_PHYS_PAGES)) *
                       static_cast<double>(sysconf(_SC_PAGESIZE)));
  const int k = settings.per_experiment;
  cpu.set_slots(settings.cpu_slots > 0 ? settings.cpu_slots
                                       : std::max(std::min(Cores(), kMostCpuSlots) / k, 1));
  if (k > 1) cpu.set_id(absl::StrJoin(std::vector<std::string>(k, "cpu"), ","));
  return cpu;
}

// The memory of one: every rank holds all weights, and no more of a batch than one GPU alone would.
v1::Device GroupOf(const std::vector<v1::Device>& gpus) {
  v1::Device group = gpus.front();
  std::vector<std::string> ids;
  for (const v1::Device& gpu : gpus) {
    ids.push_back(gpu.id());
    group.set_memory_bytes(std::min(group.memory_bytes(), gpu.memory_bytes()));
  }
  group.set_id(absl::StrJoin(ids, ","));
  group.set_name(absl::StrCat(gpus.size(), " x ", gpus.front().name()));
  group.set_slots(1);
  return group;
}

// Of the ranks that a launcher started this one has one device, and the others have theirs.
void KeepOwn(std::vector<v1::Device>& devices, const Settings& settings) {
  const char* number = std::getenv("LOCAL_RANK");
  const std::string own = absl::StrCat("cuda:", number == nullptr ? "0" : number);
  std::erase_if(devices, [&](const v1::Device& d) { return d.kind() == "cuda" && d.id() != own; });
  for (v1::Device& device : devices) {
    device.set_slots(1);
    device.set_name(absl::StrCat(device.name(), ", rank 0 of ", settings.ranks));
  }
}

// Waits for the first report; anything but a hello is an error.
absl::StatusOr<protocol::Hello> AwaitHello(TrainerProcess& trainer, absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  std::string log;
  while (absl::Now() < deadline) {
    const TrainerProcess::Output output = trainer.Read(absl::Now());
    log += output.log;
    if (!output.reports.empty()) {
      if (const auto* hello = std::get_if<protocol::Hello>(&output.reports[0])) return *hello;
      return absl::FailedPreconditionError("its first report is no hello");
    }
    if (output.ended) {
      return absl::UnavailableError(
          absl::StrCat("it ", *output.ended, log.empty() ? "" : ": ", log.substr(0, 1000)));
    }
    struct pollfd ready[] = {{trainer.reports_fd(), POLLIN, 0}, {trainer.log_fd(), POLLIN, 0}};
    poll(ready, 2, trainer.ending() ? 20 : 1000);
  }
  return absl::DeadlineExceededError("it said nothing for " + absl::FormatDuration(patience));
}

absl::StatusOr<protocol::Hello> AskTrainer(const Settings& settings) {
  const absl::StatusOr<Program> program = TrainerFor(settings, "umup_gpt");
  if (!program.ok()) return program.status();
  const auto trainer = TrainerProcess::Start(*program);
  if (!trainer.ok()) return trainer.status();
  absl::StatusOr<protocol::Hello> hello = AwaitHello(**trainer, settings.patience.hello);
  if (hello.ok()) return hello;
  return absl::Status(hello.status().code(), absl::StrCat(program->front(), " did not say hello: ",
                                                          std::string(hello.status().message())));
}

std::vector<v1::Device> Gpus(const protocol::Hello& hello, const Settings& settings) {
  std::vector<v1::Device> gpus;
  for (const protocol::DeviceInfo& info : hello.devices) {
    if (info.kind != "cuda") continue;
    v1::Device& gpu = gpus.emplace_back();
    gpu.set_id(info.id), gpu.set_kind(info.kind), gpu.set_name(info.name);
    gpu.set_memory_bytes(info.memory_bytes),
        gpu.set_slots(settings.gpu_slots > 0 ? settings.gpu_slots : kAutoGpuSlots);
  }
  return gpus;
}

}  // namespace

absl::StatusOr<std::vector<v1::Device>> InGroups(const std::vector<v1::Device>& gpus,
                                                 int per_experiment) {
  const auto k = static_cast<size_t>(per_experiment);
  if (k == 1 || gpus.empty()) return gpus;
  if (gpus.size() < k) {
    return absl::FailedPreconditionError(
        absl::StrCat("devices.per_experiment is ", k, ", but this host has ", gpus.size(),
                     " GPUs; over several hosts a launcher starts the ranks (docs/training.md)"));
  }
  std::vector<v1::Device> groups;
  for (size_t first = 0; first + k <= gpus.size(); first += k) {
    groups.push_back(GroupOf({gpus.begin() + long(first), gpus.begin() + long(first + k)}));
  }
  if (gpus.size() % k != 0) {
    conf::LogWarning("devices.per_experiment is ", k, ": ", gpus.size() % k, " of ", gpus.size(),
                     " GPUs are not used");
  }
  return groups;
}

absl::StatusOr<Devices> FindDevices(const Settings& settings) {
  Devices found;
  if (settings.device_kind != "cpu") {
    const absl::StatusOr<protocol::Hello> hello = AskTrainer(settings);
    if (hello.ok()) {
      auto groups = InGroups(Gpus(*hello, settings), settings.per_experiment);
      if (!groups.ok()) return groups.status();
      found.devices = *std::move(groups);
    }
    if (found.devices.empty() && settings.device_kind == "cuda") {
      return absl::FailedPreconditionError(
          absl::StrCat("devices.kind is cuda, but no GPU was found: ",
                       hello.ok() ? hello->trainer + " sees none on this host"
                                  : std::string(hello.status().message())));
    }
    if (!hello.ok()) {
      conf::LogWarning("using the CPU alone: ", std::string(hello.status().message()));
    }
  }
  if (found.devices.empty()) found.devices.push_back(Cpu(settings));
  if (settings.ranks > 1) KeepOwn(found.devices, settings);
  int slots = 0;
  for (const v1::Device& device : found.devices) slots += device.slots();
  found.threads_per_slot =
      settings.threads_per_slot > 0
          ? settings.threads_per_slot
          : std::max(Cores() / std::max(slots * settings.per_experiment, 1), 1);
  return found;
}

std::vector<std::string> MembersOf(const v1::Device& device) {
  return absl::StrSplit(device.id(), ',');
}

}  // namespace ff::agent
