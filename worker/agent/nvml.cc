#include "worker/agent/nvml.h"

#include <dlfcn.h>

#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "conf/load/logging.h"

namespace ff::agent {
namespace {

// From NVML's reference manual; the numbers are its ABI.
using Device = struct NvmlDevice*;
using EventSet = struct NvmlEventSet*;
struct EventData {
  Device device;
  unsigned long long type, data;
  unsigned int gpu_instance, compute_instance;
};
constexpr int kSuccess = 0;
constexpr unsigned long long kDoubleBitEcc = 0x2, kXidCritical = 0x8;
constexpr int kUncorrected = 1, kVolatile = 0;
constexpr int kOfTheGpu = 0;  // sensor
struct Utilization {
  unsigned int gpu, memory;  // percent of the last second or less
};
struct Memory {
  unsigned long long total, free, used;  // bytes
};

// What CUDA_VISIBLE_DEVICES makes of the devices: for each CUDA number NVML's, or a UUID.
std::vector<std::string> VisibleDevices(unsigned int count) {
  std::vector<std::string> all;
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  if (visible != nullptr) {
    for (const absl::string_view word : absl::StrSplit(visible, ',', absl::SkipWhitespace())) {
      all.emplace_back(absl::StripAsciiWhitespace(word));
    }
    return all;
  }
  for (unsigned int i = 0; i < count; ++i) all.push_back(absl::StrCat(i));
  return all;
}

}  // namespace

// Of NVML's application notes on Xid errors: those whose remedy is a reset, a reboot or a
// replacement of the GPU.
const char* MeaningOfXid(unsigned long long xid) {
  switch (xid) {
    case 48:
      return "a double-bit ECC error";
    case 62:
      return "an internal microcontroller halted";
    case 64:
      return "a page could not be retired";
    case 74:
      return "an NVLink error";
    case 79:
      return "the GPU has fallen off the bus";
    case 92:
      return "a high rate of single-bit ECC errors";
    case 94:
    case 95:
      return "an uncontained or contained ECC error";
    case 119:
    case 120:
      return "the GPU's system processor does not answer";
    case 140:
      return "an unrecovered ECC error";
    default:
      return nullptr;
  }
}

struct Nvml::Calls {
  void* library = nullptr;
  int (*init)() = nullptr;
  int (*shutdown)() = nullptr;
  int (*count)(unsigned int*) = nullptr;
  int (*by_index)(unsigned int, Device*) = nullptr;
  int (*by_uuid)(const char*, Device*) = nullptr;
  int (*make_set)(EventSet*) = nullptr;
  int (*free_set)(EventSet) = nullptr;
  int (*listen)(Device, unsigned long long, EventSet) = nullptr;
  int (*wait)(EventSet, EventData*, unsigned int) = nullptr;
  int (*ecc)(Device, int, int, unsigned long long*) = nullptr;
  // Not needed: a library without them tells no conditions.
  int (*temperature)(Device, int, unsigned int*) = nullptr;
  int (*utilization)(Device, Utilization*) = nullptr;
  int (*memory)(Device, Memory*) = nullptr;

  EventSet events = nullptr;
  bool initialised = false;
  std::map<Device, int> devices;                    // to CUDA's numbers
  std::map<Device, unsigned long long> ecc_before;  // errors there were at the beginning

  template <typename F>
  bool Find(F& function, const char* name) {
    function = reinterpret_cast<F>(dlsym(library, name));
    return function != nullptr;
  }
  bool FindAll() {
    Find(temperature, "nvmlDeviceGetTemperature");
    Find(utilization, "nvmlDeviceGetUtilizationRates");
    Find(memory, "nvmlDeviceGetMemoryInfo");
    return Find(init, "nvmlInit_v2") && Find(shutdown, "nvmlShutdown") &&
           Find(count, "nvmlDeviceGetCount_v2") &&
           Find(by_index, "nvmlDeviceGetHandleByIndex_v2") &&
           Find(by_uuid, "nvmlDeviceGetHandleByUUID") && Find(make_set, "nvmlEventSetCreate") &&
           Find(free_set, "nvmlEventSetFree") && Find(listen, "nvmlDeviceRegisterEvents") &&
           Find(wait, "nvmlEventSetWait_v2") && Find(ecc, "nvmlDeviceGetTotalEccErrors");
  }
};

std::unique_ptr<Nvml> Nvml::Load(const std::string& library) {
  auto calls = std::make_unique<Calls>();
  calls->library = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (calls->library == nullptr) {
    conf::LogDebug("no NVML: ", dlerror());
    return nullptr;
  }
  std::unique_ptr<Nvml> nvml(new Nvml(std::move(calls)));
  return nvml->Begin() ? std::move(nvml) : nullptr;
}

Nvml::Nvml(std::unique_ptr<Calls> calls) : calls_(std::move(calls)) {}

Nvml::~Nvml() {
  if (calls_->events != nullptr) calls_->free_set(calls_->events);
  if (calls_->initialised) calls_->shutdown();
  dlclose(calls_->library);
}

bool Nvml::Begin() {
  Calls& c = *calls_;
  unsigned int count = 0;
  if (!c.FindAll() || c.init() != kSuccess) {
    conf::LogDebug("NVML is there and does not work");
    return false;
  }
  c.initialised = true;
  if (c.count(&count) != kSuccess || c.make_set(&c.events) != kSuccess) return false;
  const std::vector<std::string> visible = VisibleDevices(count);
  for (size_t i = 0; i < visible.size(); ++i) {
    unsigned int index = 0;
    Device device = nullptr;
    const bool found = absl::SimpleAtoi(visible[i], &index)
                           ? c.by_index(index, &device) == kSuccess
                           : c.by_uuid(visible[i].c_str(), &device) == kSuccess;
    if (!found) continue;
    c.devices[device] = static_cast<int>(i);
    // A device that knows no ECC, or no events, is watched for what it does know.
    (void)c.listen(device, kDoubleBitEcc | kXidCritical, c.events);
    unsigned long long errors = 0;
    if (c.ecc(device, kUncorrected, kVolatile, &errors) == kSuccess) c.ecc_before[device] = errors;
  }
  return true;
}

const std::map<int, std::string>& Nvml::Faults() {
  ReadEvents();
  ReadEccCounters();
  return faults_;
}

std::map<int, Nvml::Condition> Nvml::Conditions() const {
  std::map<int, Condition> conditions;
  for (const auto& [device, number] : calls_->devices) {
    unsigned int degrees = 0;
    if (calls_->temperature != nullptr &&
        calls_->temperature(device, kOfTheGpu, &degrees) == kSuccess) {
      conditions[number].temperature_celsius = degrees;
    }
    Utilization busy = {};
    if (calls_->utilization != nullptr && calls_->utilization(device, &busy) == kSuccess) {
      conditions[number].utilization = busy.gpu / 100.0;
    }
    Memory memory = {};
    if (calls_->memory != nullptr && calls_->memory(device, &memory) == kSuccess) {
      conditions[number].memory_bytes = static_cast<double>(memory.used);
    }
  }
  return conditions;
}

void Nvml::ReadEvents() {
  EventData event = {};
  while (calls_->wait(calls_->events, &event, 0) == kSuccess) {
    const auto device = calls_->devices.find(event.device);
    if (device == calls_->devices.end()) continue;
    if (event.type == kDoubleBitEcc) {
      faults_.emplace(device->second, "a double-bit ECC error");
    } else if (const char* meaning = MeaningOfXid(event.data)) {
      faults_.emplace(device->second, absl::StrCat("Xid ", event.data, " (", meaning, ")"));
    } else {
      conf::LogWarning("cuda:", device->second, " reported Xid ", event.data,
                       ", which says nothing against the device");
    }
  }
}

void Nvml::ReadEccCounters() {
  for (const auto& [device, before] : calls_->ecc_before) {
    unsigned long long errors = 0;
    if (calls_->ecc(device, kUncorrected, kVolatile, &errors) != kSuccess) continue;
    if (errors <= before) continue;
    faults_.emplace(calls_->devices.at(device),
                    absl::StrCat("uncorrectable ECC errors: ", errors - before));
  }
}

}  // namespace ff::agent
