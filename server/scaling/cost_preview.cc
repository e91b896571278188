#include "server/scaling/cost_preview.h"

#include <algorithm>
#include <functional>
#include <queue>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace ff::scaling {
namespace {

constexpr double kBytesAParameter = 12;
constexpr double kCheckpointsAtOnce = 3;
// A step of the stand-in: a look for orders and now and then a line of report.
constexpr double kStandInSeconds = 1e-5;
// Of the normal matrix: below this the two coefficients cannot be told apart.
constexpr double kSingular = 1e-6;

}  // namespace

Throughput ThroughputOf(const Effort& effort, double assumed) {
  if (effort.runs < 1 || !(effort.flops > 0) || !(effort.seconds > 0)) {
    return {assumed, 0, false, "assumed: planner.estimate.flops_per_second"};
  }
  Throughput throughput{effort.flops / effort.seconds, 0, true, ""};
  const double determinant = effort.ff * effort.ss - effort.fs * effort.fs;
  if (determinant > kSingular * effort.ff * effort.ss) {
    const double a = (effort.ft * effort.ss - effort.st * effort.fs) / determinant;
    const double b = (effort.st * effort.ff - effort.ft * effort.fs) / determinant;
    if (a > 0 && b > 0) {
      throughput.flops_per_second = 1 / a;
      throughput.seconds_per_step = b;
    }
  }
  throughput.source = absl::StrCat("measured over ", effort.runs, " finished experiment",
                                   effort.runs == 1 ? "" : "s");
  if (throughput.seconds_per_step > 0) {
    absl::StrAppendFormat(&throughput.source, ", and %.2g ms a step besides",
                          1e3 * throughput.seconds_per_step);
  }
  return throughput;
}

Throughput StandInThroughput(double seconds_per_step) {
  const double pace = seconds_per_step + kStandInSeconds;
  return {0, pace, false,
          absl::StrFormat("a stand-in that computes nothing: %.2g ms a step", 1e3 * pace)};
}

double SecondsFor(const Throughput& throughput, const Plan& plan) {
  const double computing =
      throughput.flops_per_second > 0 ? plan.flops_exact / throughput.flops_per_second : 0;
  return computing + static_cast<double>(plan.steps) * throughput.seconds_per_step;
}

double Makespan(std::vector<double> seconds, int slots) {
  std::sort(seconds.begin(), seconds.end(), std::greater<>());
  std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
  for (int i = 0; i < std::max(slots, 1); ++i) free_at.push(0);
  double end = 0;
  for (const double length : seconds) {
    const double done = free_at.top() + length;
    free_at.pop();
    free_at.push(done);
    end = std::max(end, done);
  }
  return end;
}

double CheckpointBytes(const Plan& plan) {
  if (plan.mode == "synthetic") return 0;
  return kBytesAParameter * static_cast<double>(plan.parameters);
}

double CheckpointDisk(std::vector<double> checkpoint_bytes, int slots) {
  std::sort(checkpoint_bytes.begin(), checkpoint_bytes.end(), std::greater<>());
  double total = 0;
  for (size_t i = 0; i < checkpoint_bytes.size() && i < static_cast<size_t>(slots); ++i) {
    total += kCheckpointsAtOnce * checkpoint_bytes[i];
  }
  return total;
}

}  // namespace ff::scaling
