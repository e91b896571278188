// A worker is one agent on one host; a device is a GPU of it, or its CPU.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/domain/experiment.h"

namespace ff {

struct Device {
  std::string id, kind, name;
  double memory_bytes = 0;
  int slots = 0;
};

struct Worker {
  std::string id, incarnation, name, host, version;
  int pid = 0;
  std::vector<Device> devices;
  absl::Time first_seen, last_seen;
  bool alive = false;
  std::vector<std::string> experiment_ids;
  int finished = 0, failed = 0;
};

struct AttemptReport {
  int64_t attempt_id = 0, epoch = 0;
  std::string state;  // starting | running | finished | failed | stopped
  int64_t step = 0, resumed_from_step = 0, checkpoint_step = 0;
  double tokens_per_second = 0;
  std::vector<Measurement> measurements;
  std::optional<Result> result;
  std::optional<Failure> failure;
  std::string log;
  std::string device_id;
};

// What an agent says in one Synchronize call (proto/ff/v1/worker.proto has the contract).
struct WorkerReport {
  Worker worker;
  int free_slots = 0;
  std::vector<AttemptReport> attempts;
};

struct Lease {
  int64_t attempt_id = 0, epoch = 0;
  std::string sweep_id, experiment_id;
  Plan plan;
  absl::Time deadline;
};

struct WorkerOrders {
  std::vector<Lease> leases;
  std::vector<int64_t> settled_attempts;
  absl::Duration next_sync, lease_length;
};

}  // namespace ff
