#include "worker/trainer/devices.h"

#include <ATen/Context.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "absl/strings/str_cat.h"

#ifdef FF_TORCH_CUDA
#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDACachingAllocator.h>
#endif

#ifdef FF_HAVE_CUDA
#include "worker/trainer/cuda_fp8.h"
#endif

namespace ff::trainer {
namespace {

std::string ProcessorName() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const size_t colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos) {
      return line.substr(colon + 2);
    }
  }
  return "CPU";
}

// "VmHWM:	  123456 kB" of proc(5).
double PeakProcessBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return 1024 * std::strtod(line.c_str() + 6, nullptr);
  }
  return 0;
}

}  // namespace

std::vector<protocol::DeviceInfo> ListDevices() {
  const double host_bytes = double(sysconf(_SC_PHYS_PAGES)) * double(sysconf(_SC_PAGE_SIZE));
  std::vector<protocol::DeviceInfo> devices = {{"cpu", "cpu", ProcessorName(), host_bytes}};
  if (!at::hasCUDA()) return devices;
  const int count = at::detail::getCUDAHooks().deviceCount();
  for (int i = 0; i < count; ++i) {
    protocol::DeviceInfo device{absl::StrCat("cuda:", i), "cuda", "GPU", 0};
#ifdef FF_TORCH_CUDA
    const cudaDeviceProp* properties = at::cuda::getDeviceProperties(i);
    device.name = properties->name;
    device.memory_bytes = double(properties->totalGlobalMem);
#endif
    devices.push_back(device);
  }
  return devices;
}

bool HasFp8Products(const std::string& device) {
#ifdef FF_HAVE_CUDA
  const at::Device d(device);
  return d.is_cuda() && HasFp8(d);
#else
  return false;
#endif
}

double PeakDeviceBytes(const std::string& device) {
#ifdef FF_TORCH_CUDA
  const at::Device d(device);
  if (d.is_cuda()) {
    return double(
        c10::cuda::CUDACachingAllocator::getDeviceStats(d.index()).allocated_bytes[0].peak);
  }
#endif
  return PeakProcessBytes();
}

void ResetPeakDeviceBytes(const std::string& device) {
#ifdef FF_TORCH_CUDA
  const at::Device d(device);
  if (d.is_cuda()) {
    at::globalContext().lazyInitDevice(at::kCUDA);  // the allocator knows no device before
    c10::cuda::CUDACachingAllocator::resetPeakStats(d.index());
    return;
  }
#endif
  std::ofstream("/proc/self/clear_refs") << "5";  // proc(5): resets VmHWM
}

double TotalDeviceBytes(const std::string& device) {
  for (const protocol::DeviceInfo& known : ListDevices()) {
    if (known.id == device) return known.memory_bytes;
  }
  return 0;
}

void ReleaseDeviceMemory(const std::string& device) {
#ifdef FF_TORCH_CUDA
  if (at::Device(device).is_cuda()) c10::cuda::CUDACachingAllocator::emptyCache();
#endif
  malloc_trim(0);
}

}  // namespace ff::trainer
