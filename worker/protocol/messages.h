// The orders and reports of the trainer protocol as values, and their JSON lines. The
// names and meanings of the fields stand in README.md; every field of a message must be
// there when one is read, fields that are not known are ignored. Doubles come back as
// they were sent, bit for bit (NaN as a NaN). Pure functions on plain values; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "worker/protocol/plan.h"

namespace ff::protocol {

inline constexpr int64_t kProtocolVersion = 1;
inline constexpr size_t kMaxLineBytes = size_t{1} << 20;

// Orders, agent to trainer.
struct StartOrder {
  int64_t attempt_id = 0;
  Plan plan;
  std::string data_path;       // readable on this host; empty where the mode needs no data
  std::string checkpoint_dir;  // of this experiment alone; may not exist yet
  bool resume = false;
  std::string device;      // "cpu", "cuda:0"
  int64_t threads = 0;     // CPU threads, at least 1
  std::string trunk_dir;   // where experiments share stable phases; empty: nothing is shared
  std::string export_dir;  // where the weights go at the end; empty: nowhere
  std::string trace_id;    // of the request that created the sweep, for logs; empty: none
  bool operator==(const StartOrder&) const = default;
};
struct CheckpointOrder {
  bool operator==(const CheckpointOrder&) const = default;
};
struct StopOrder {
  bool operator==(const StopOrder&) const = default;
};
using Order = std::variant<StartOrder, CheckpointOrder, StopOrder>;

// Reports, trainer to agent. `step` counts finished optimizer steps, losses are in nats
// a token, `tokens` and `flops` are totals since step 0, `seconds` since this attempt began.
struct DeviceInfo {
  std::string id;    // "cpu", "cuda:0"
  std::string kind;  // cpu | cuda
  std::string name;
  double memory_bytes = 0;
  bool operator==(const DeviceInfo&) const = default;
};
struct Hello {
  int64_t protocol = kProtocolVersion;
  std::string trainer;  // name and version
  std::vector<DeviceInfo> devices;
  bool operator==(const Hello&) const = default;
};
struct Started {
  int64_t attempt_id = 0, parameters = 0, resumed_from_step = 0;
  bool operator==(const Started&) const = default;
};
struct Measurement {
  int64_t step = 0, tokens = 0;
  double flops = 0, loss = 0, learning_rate = 0, grad_norm = 0;
  double tokens_per_second = 0, seconds = 0;
  bool operator==(const Measurement&) const = default;
};
struct Evaluation {
  int64_t step = 0, tokens = 0;
  double flops = 0, loss = 0, seconds = 0;
  bool operator==(const Evaluation&) const = default;
};
struct CheckpointWritten {
  int64_t step = 0;
  std::string path, sha256;
  bool operator==(const CheckpointWritten&) const = default;
};
struct Finished {
  double final_train_loss = 0, final_val_loss = 0;  // NaN: not measured
  int64_t parameters = 0, tokens = 0, steps = 0;
  double flops = 0, seconds = 0;
  bool operator==(const Finished&) const = default;
};
struct Stopped {
  int64_t step = 0;
  bool operator==(const Stopped&) const = default;
};
struct Failed {
  std::string kind;  // out_of_memory | diverged | bad_plan | bad_data | device | internal
  std::string message;
  int64_t step = 0;
  double last_loss = 0;  // NaN: none yet
  bool operator==(const Failed&) const = default;
};
using Report = std::variant<Hello, Started, Measurement, Evaluation, CheckpointWritten, Finished,
                            Stopped, Failed>;

// One line of JSON without its newline. Bytes that are no UTF-8 become U+FFFD.
std::string ToLine(const Order& order);
std::string ToLine(const Report& report);
std::string ToJson(const Plan& plan);

// INVALID_ARGUMENT for what is no JSON object, has an unknown `type`, or has a field that
// is missing or of the wrong type: names the field and quotes the line's beginning.
absl::StatusOr<Order> ParseOrder(absl::string_view line);
absl::StatusOr<Report> ParseReport(absl::string_view line);
absl::StatusOr<Plan> ParsePlan(absl::string_view json);

}  // namespace ff::protocol
