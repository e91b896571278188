// GPU errors as NVIDIA's driver reports them, through NVML, which is loaded at run time where it
// is there: no build needs it and no host without a GPU misses it. Thread-safe for one
// caller at a time.
#pragma once

#include <map>
#include <memory>
#include <string>

namespace ff::agent {

class Nvml {
 public:
  // Null: there is no such library, or it does not work (says why in the log at level debug).
  static std::unique_ptr<Nvml> Load(const std::string& library = "libnvidia-ml.so.1");
  ~Nvml();
  Nvml(const Nvml&) = delete;

  // By CUDA's number of the device (CUDA_VISIBLE_DEVICES heeded): what has gone wrong with it
  // since this object was made, such as "Xid 79 (the GPU has fallen off the bus)" or "uncorrectable
  // ECC errors: 2". Xids that a program causes itself, an illegal access say, are no fault of the
  // device. Does not wait.
  const std::map<int, std::string>& Faults();

  // How it is now, by CUDA's number: degrees Celsius, the share of its time that it computes, and
  // its memory in use by anybody; a device that does not say is left out.
  struct Condition {
    double temperature_celsius = 0, utilization = 0, memory_bytes = 0;
  };
  std::map<int, Condition> Conditions() const;

 private:
  struct Calls;
  explicit Nvml(std::unique_ptr<Calls> calls);
  bool Begin();
  void ReadEvents();
  void ReadEccCounters();

  const std::unique_ptr<Calls> calls_;
  std::map<int, std::string> faults_;
};

// What a critical Xid means; null for those that say nothing against the device.
const char* MeaningOfXid(unsigned long long xid);

}  // namespace ff::agent
