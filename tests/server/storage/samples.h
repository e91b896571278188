// A folder of its own for each test, and domain values with every field filled in.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "server/domain/experiment.h"
#include "server/domain/fit.h"
#include "server/domain/sweep.h"
#include "server/domain/worker.h"

namespace ff::storage {

class TempDir {
 public:
  TempDir() {
    std::string pattern = std::filesystem::temp_directory_path() / "ff_storage_XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~TempDir() {
    std::error_code ignored;  // what is left in a temporary folder harms nobody
    std::filesystem::remove_all(path_, ignored);
  }
  std::string File(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(1'800'000'000 + seconds); }

// Numbers with no short decimal form.
inline Plan SamplePlan(int seed = 1) {
  Plan p;
  p.mode = "umup_gpt";
  p.shape = {3, 96, 4, 4, 384, 256, 128, true, true};
  p.parameters = 123457;
  p.non_embedding_parameters = 98881;
  p.batch_size = 16;
  p.accumulation_steps = 2;
  p.steps = 100;
  p.tokens = 204800;
  p.flop_count = "six_nd";
  p.flops = 1e12 / 3;
  p.flops_six_nd = 0.1 + 0.2;
  p.flops_exact = 1.7976931348623157e308;
  p.parametrization = "u-mup";
  p.alphas = {1.1, 1.0 / 3, 0.7, 1e-300, 5e-324};
  p.learning_rate = 0.1;
  p.scheduler = "cosine";
  p.warmup_steps = 7;
  p.min_lr_ratio = 0.1;
  p.weight_decay = 1.0 / 8192;
  p.max_grad_norm = 1;
  p.adam_beta1 = 0.9;
  p.adam_beta2 = 0.95;
  p.adam_eps = 1e-8;
  p.seed = seed;
  p.device = "auto";
  p.num_threads = 2;
  p.dtype = "float32";
  p.log_every = 10;
  p.eval_every = 50;
  p.eval_tokens = 4096;
  p.checkpoint_every = 25;
  p.data_path = "/data/\"quoted\"/t\u00e9xt.txt";
  p.data_format = "bytes";
  p.data_fingerprint = "00ff";
  p.data_tokens = INT64_C(9007199254740993);  // 2^53 + 1
  p.val_fraction = 0.05;
  p.synthetic = {1.69, 406.4, 0.34, 410.7, 0.28, 0.02, 0.001};
  p.estimated_memory_bytes = 1e9;
  return p;
}

inline Sweep SampleSweep(const std::string& id, int64_t created = 0) {
  Sweep sweep;
  sweep.id = id;
  sweep.name = "name of " + id;
  sweep.created_at = At(created);
  sweep.spec_source = "{\"planner\": {}}";
  sweep.dropped = {{1e12, 5e5, "too few tokens"}};
  return sweep;
}

inline Experiment SampleExperiment(const std::string& sweep, const std::string& id,
                                   int ordinal = 0) {
  Experiment e;
  e.id = id;
  e.sweep_id = sweep;
  e.ordinal = ordinal;
  e.budget_index = ordinal / 2;
  e.budget_flops = 1e12 / 7 * (1 + ordinal / 2);
  e.target_parameters = 1e5 / 3;
  e.plan = SamplePlan(ordinal);
  return e;
}

inline Result SampleResult(double loss = 2.0 / 3) {
  Result r;
  r.final_train_loss = loss;
  r.final_val_loss = loss + 0.1;
  r.parameters = 123457;
  r.tokens = 204800;
  r.steps = 100;
  r.flops = 1e12 / 3;
  r.train_seconds = 12.5;
  r.finished_at = At(60);
  return r;
}

inline Worker SampleWorker(const std::string& id) {
  Worker w;
  w.id = id;
  w.incarnation = "1";
  w.name = "name of " + id;
  w.host = "host";
  w.version = "0.1";
  w.pid = 42;
  w.devices = {{"cpu", "cpu", "a CPU", 8e9, 2}};
  w.first_seen = w.last_seen = At(0);
  return w;
}

inline Attempt SampleAttempt(const std::string& sweep, const std::string& experiment,
                             const std::string& worker, int64_t epoch = 1) {
  Attempt a;
  a.epoch = epoch;
  a.sweep_id = sweep;
  a.experiment_id = experiment;
  a.worker_id = worker;
  a.worker_incarnation = "1";
  a.state = "leased";
  a.started_at = At(1);
  a.deadline = At(31);
  return a;
}

}  // namespace ff::storage
