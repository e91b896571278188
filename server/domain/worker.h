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
  // What of it is free at the moment.
  int free_slots = 0;
  double free_memory_bytes = 0;
  std::string fault{};     // why it must not be used, as the host found out; empty: it is sound
  std::string cordoned{};  // why the coordinator gives it nothing; empty: it does
  double temperature_celsius = 0, utilization = 0;  // 0: not known
};

// What the coordinator remembers of a device, or (device_id empty) of the whole worker.
struct Health {
  std::string device_id;
  int fast_failures = 0;  // in a row
  std::string cordoned;   // why it gets nothing new; empty: it does
  // Whole workers that were asked to drain: when what runs is to be handed back.
  absl::Time drain_until = absl::InfiniteFuture();
};

struct Worker {
  std::string id, incarnation, name, host, version;
  int pid = 0;
  std::vector<Device> devices;
  absl::Time first_seen, last_seen;
  bool alive = false;
  std::vector<std::string> experiment_ids;
  int finished = 0, failed = 0;
  std::vector<std::string> labels, modes;  // modes: plans it has a trainer for; empty: any
  bool draining = false;                   // leaving: takes nothing new
  std::string cordoned;                    // why it gets nothing new; empty: it does
  std::vector<Attempt> attempts{};         // under way, in the order of experiment_ids
};

// A file in the coordinator's store, and a checkpoint all of whose files are there.
struct StoredFile {
  std::string name, sha256;
  int64_t bytes = 0;
};
struct StoredCheckpoint {
  int64_t step = 0;
  std::vector<StoredFile> files;
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
  std::optional<StoredCheckpoint> stored_checkpoint;
  double memory_bytes = 0, utilization = 0;  // proto/ff/v1/worker.proto; 0: not known
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
  std::string device_id;
  std::optional<StoredCheckpoint> stored_checkpoint;
  std::string trace_id{};  // of the request that created the sweep
};

struct WorkerOrders {
  std::vector<Lease> leases;
  std::vector<int64_t> settled_attempts;
  absl::Duration next_sync, lease_length;
  std::optional<absl::Duration> drain;  // hand back what has not ended by then
};

}  // namespace ff
