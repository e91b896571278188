// A stand-in for libnvidia-ml.so.1: two GPUs, of which the file named by FF_FAKE_NVML says what has
// happened, one event a line: "xid DEVICE NUMBER" or "ecc DEVICE COUNT".
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

struct Gpu {
  unsigned int index;
};
Gpu gpus[2] = {{0}, {1}};

struct EventData {
  Gpu* device;
  unsigned long long type, data;
  unsigned int gpu_instance, compute_instance;
};

// The n-th line of this kind; false: there is none.
bool Line(const char* kind, int n, unsigned int* device, unsigned long long* number) {
  const char* path = std::getenv("FF_FAKE_NVML");
  std::FILE* file = path == nullptr ? nullptr : std::fopen(path, "r");
  if (file == nullptr) return false;
  char word[16];
  bool found = false;
  while (!found && std::fscanf(file, "%15s %u %llu", word, device, number) == 3) {
    found = std::strcmp(word, kind) == 0 && n-- == 0;
  }
  std::fclose(file);
  return found;
}

int told = 0;

}  // namespace

extern "C" {
int nvmlInit_v2() { return 0; }
int nvmlShutdown() { return 0; }
int nvmlDeviceGetCount_v2(unsigned int* count) {
  *count = 2;
  return 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned int index, Gpu** device) {
  if (index > 1) return 2;
  *device = &gpus[index];
  return 0;
}
int nvmlDeviceGetHandleByUUID(const char* uuid, Gpu** device) {
  if (std::strcmp(uuid, "GPU-one") != 0) return 2;
  *device = &gpus[1];
  return 0;
}
// The second GPU does not tell its temperature.
int nvmlDeviceGetTemperature(Gpu* device, int, unsigned int* degrees) {
  *degrees = 61;
  return device->index == 0 ? 0 : 3;
}
int nvmlDeviceGetUtilizationRates(Gpu* device, unsigned int* rates) {
  rates[0] = 40 + device->index;
  rates[1] = 7;
  return 0;
}
int nvmlDeviceGetMemoryInfo(Gpu* device, unsigned long long* memory) {
  memory[0] = 80ull << 30;
  memory[2] = (5ull + device->index) << 30;
  memory[1] = memory[0] - memory[2];
  return 0;
}
int nvmlEventSetCreate(void** set) {
  told = 0;
  *set = &told;
  return 0;
}
int nvmlEventSetFree(void*) { return 0; }
int nvmlDeviceRegisterEvents(Gpu*, unsigned long long, void*) { return 0; }
int nvmlEventSetWait_v2(void*, EventData* event, unsigned int) {
  unsigned int device = 0;
  unsigned long long number = 0;
  if (!Line("xid", told, &device, &number)) return 10;  // timeout
  ++told;
  *event = {&gpus[device], 0x8, number, 0, 0};
  return 0;
}
int nvmlDeviceGetTotalEccErrors(Gpu* gpu, int, int, unsigned long long* count) {
  *count = 5;  // there were some before
  unsigned int device = 0;
  unsigned long long number = 0;
  for (int n = 0; Line("ecc", n, &device, &number); ++n) {
    if (device == gpu->index) *count += number;
  }
  return 0;
}
}
