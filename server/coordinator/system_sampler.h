// What workers say of memory, heat and load of the devices that attempts are on, many times a
// minute, made into a few samples to keep: means and maxima over ten seconds at first and over a
// five-hundredth of the attempt's age later, so that a day leaves about 2,000 and a week 3,000.
// What is being added up is in memory alone: a restart loses the last seconds. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "absl/time/time.h"
#include "server/domain/worker.h"

namespace ff::coordinator {

class SystemSampler {
 public:
  // The samples that are due with this report: of attempts that go on every now and then, of
  // those that end what there is.
  std::vector<SystemSample> Take(const WorkerReport& report, absl::Time now);

 private:
  struct Sum {
    absl::Time first, since, heard;
    int reports = 0;
    double utilization = 0, tokens_per_second = 0;     // sums
    double memory_bytes = 0, temperature_celsius = 0;  // maxima
  };
  void Forget(absl::Time now);

  std::mutex mutex_;
  std::map<int64_t, Sum> sums_;  // by attempt
  absl::Time forgot_ = absl::InfinitePast();
};

}  // namespace ff::coordinator
