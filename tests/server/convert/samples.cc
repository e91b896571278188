#include "tests/server/convert/samples.h"

namespace ff::convert::testing {
namespace {

absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(seconds); }

PowerLaw SampleLaw(const std::string& name) {
  return {name, 1.5, 0.5, 0.99, {1, 2}, {0.4, 0.6}, name + " = 1.5 C^0.5"};
}

}  // namespace

Plan SamplePlan() {
  Plan p;
  p.mode = "umup_gpt";
  p.shape = {1, 2, 3, 4, 5, 6, 7, true, true};
  p.parameters = 8, p.non_embedding_parameters = 9, p.batch_size = 10;
  p.accumulation_steps = 11, p.steps = 12, p.tokens = 13;
  p.flop_count = "exact", p.flops = 14, p.flops_six_nd = 15, p.flops_exact = 16;
  p.flops_six_nd_non_embedding = 17, p.flops_exact_all = 18, p.flops_chinchilla = 19;
  p.parametrization = "sp";
  p.alphas = {2, 3, 4, 5, 6};
  p.learning_rate = 0.1, p.scheduler = "cosine", p.warmup_steps = 17, p.min_lr_ratio = 0.2;
  p.weight_decay = 0.3, p.max_grad_norm = 0.4;
  p.adam_beta1 = 0.5, p.adam_beta2 = 0.6, p.adam_eps = 0.7;
  p.seed = 18, p.device = "cuda", p.num_threads = 19, p.dtype = "bfloat16";
  p.log_every = 20, p.eval_every = 21, p.eval_tokens = 22, p.checkpoint_every = 23;
  p.data_path = "/d", p.data_format = "uint16", p.data_fingerprint = "f", p.data_tokens = 24;
  p.val_fraction = 0.8, p.data_sha256 = "ab";
  p.synthetic = {1, 2, 3, 4, 5, 6, 7};
  p.estimated_memory_bytes = 25;
  p.dropout = 0.9, p.decay_steps = 26, p.max_loss = 27, p.checkpoint_minutes = 28;
  p.mup_simple = {1, 2, 3, 4, true}, p.sp_init = "fan_in";
  p.branch_steps = {29, 30}, p.trunk = "t", p.keep_weights = true;
  return p;
}

Attempt SampleAttempt() {
  Attempt a;
  a.id = 1, a.epoch = 2, a.sweep_id = "s", a.experiment_id = "e", a.worker_id = "w";
  a.worker_incarnation = "i", a.state = "failed";
  a.started_at = At(1), a.deadline = At(2), a.ended_at = At(3);
  a.failure = Failure{"crashed", "exit code 1", 1};
  a.device_id = "cuda:0";
  a.resumed_from_step = 3, a.step = 4, a.tokens_per_second = 5, a.last_loss = 6;
  return a;
}

Experiment SampleExperiment() {
  Experiment e;
  e.id = "e", e.sweep_id = "s", e.ordinal = 1, e.budget_index = 2;
  e.budget_flops = 3, e.target_parameters = 4;
  e.plan = SamplePlan();
  e.state = ExperimentState::kRunning;
  e.result = Result{1, 2, 3, 4, 5, 6, 7, At(8), true, "other", "1.0"};
  e.failure = Failure{"lost", "silence", 9};
  e.attempts = {SampleAttempt()};
  e.current = SampleAttempt();
  e.checkpoint = CheckpointSummary{1, 2, 3};
  e.home_worker = "w";
  return e;
}

Sweep SampleSweep() {
  Sweep s;
  s.id = "s", s.name = "n", s.state = SweepState::kPaused;
  s.created_at = At(1), s.finished_at = At(2);
  s.counts = {1, 2, 3, 4, 5, 6};
  s.total_flops = 1, s.done_flops = 2, s.eta_seconds = 3, s.flops_per_second = 4;
  s.budgets = {{1, 2, {1, 2, 3, 4, 5, 6}, 3, 4}};
  s.dropped = {{1, 2, "too few tokens"}};
  s.slot_seconds_spent = 5, s.slot_seconds_left = 6;
  s.gpu_seconds_spent = 7, s.gpu_seconds_left = 8, s.version = 9;
  s.waiting_reason = "no worker has enough memory";
  s.imported = true;
  s.fitting = true;
  s.scheduling = {1, 2, 3, {"pool=a"}}, s.no_cache = true;
  return s;
}

Fit SampleFit() {
  Fit f;
  f.id = "f", f.sweep_id = "s", f.method = "quadratic", f.loss_kind = "validation";
  f.flop_count = "exact", f.input_digest = "d", f.created_at = At(1);
  f.n_opt = SampleLaw("N_opt"), f.d_opt = SampleLaw("D_opt"), f.l_opt = SampleLaw("L_opt");
  f.optimal_points = {{1, 2, 3, 4, 5, 6, {7, 8}, 9, 10, 11, 12, 13, 14, true}};
  f.optimal_ratio = 20;
  f.exclusions = {{1, "e", "minimum at the edge", true}};
  f.warnings = {"w"};
  f.leave_one_out = {{1, 0.5}};
  f.runs_used = 1, f.resamples = 2, f.confidence = 0.95;
  f.draws = {1, 2, 3, 4, 5, 6};
  f.live = true;
  return f;
}

LawFit SampleSurface() {
  LawFit f;
  f.family = LawFamily::kTied, f.loss = LossFunction::kLad, f.huber_delta = 1;
  f.parameters = {{"e", 1, 2, {3, 4}}};
  f.objective = 1, f.r_squared = 2, f.noise_sd = 3;
  f.n_opt_exponent = 4, f.d_opt_exponent = 5;
  f.n_opt_exponent_ci = {6, 7}, f.d_opt_exponent_ci = {8, 9};
  f.runs = 1, f.smallest_compute = 2, f.largest_compute = 3;
  f.search = {1, 2, 3, 4, 5, true, 6};
  f.identifiable = true, f.not_identifiable = "why";
  f.warnings = {"w"}, f.notes = {"n"};
  f.confidence = 0.9, f.resamples = 1, f.failed_resamples = 2;
  f.draws = {1};
  return f;
}

Analysis SampleAnalysis() {
  Analysis a;
  a.fit = SampleFit();
  a.surface = SampleSurface();
  EnvelopeFit& e = a.envelope.emplace();
  e.n_opt = SampleLaw("N_opt"), e.d_opt = SampleLaw("D_opt"), e.l_opt = SampleLaw("L_opt");
  e.points = {{1, 2, 3, 4, 5}};
  e.excluded = {{"r", "why"}};
  e.warnings = {"w"};
  e.runs_used = 1, e.runs_on_envelope = 2, e.resamples = 3, e.confidence = 0.9;
  a.residuals.outliers = {{"r", "why"}};
  a.residuals.trends = {{"ln N", 1, 2}};
  a.residuals.skewness = 1, a.residuals.excess_kurtosis = 2;
  a.residuals.warnings = {"w"};
  a.influence = {{"r", {1, 2, 3, {4}, true}}};
  a.backtest = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, "why"}};
  a.runs_read = 2, a.used_runs = 1;
  a.excluded = {{"r", "why"}};
  a.notes = {"n"};
  return a;
}

Worker SampleWorker() {
  Worker w;
  w.id = "w", w.incarnation = "i", w.name = "n", w.host = "h", w.version = "v", w.pid = 1;
  w.devices = {{"cuda:0", "cuda", "H", 2, 3, 1, 2, "Xid 79", "broken", 60, 0.5}};
  w.labels = {"pool=a"}, w.modes = {"synthetic"}, w.draining = true, w.cordoned = "drained";
  w.first_seen = At(1), w.last_seen = At(2), w.alive = true;
  w.experiment_ids = {"e"}, w.attempts = {SampleAttempt()};
  w.finished = 4, w.failed = 5;
  return w;
}

}  // namespace ff::convert::testing
