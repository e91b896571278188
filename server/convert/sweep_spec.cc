#include "server/convert/sweep_spec.h"

#include "absl/strings/str_cat.h"
#include "server/convert/analysis.h"
#include "server/convert/json.h"

namespace ff::convert {
namespace {

ComputeSpec FromProto(const v1::PlannerConfig::Compute& c) {
  return {.min_flops = c.min_flops(),
          .max_flops = c.max_flops(),
          .num_budgets = c.num_budgets(),
          .num_model_sizes = c.num_model_sizes(),
          .flop_count = c.flop_count(),
          .extra_cells = {c.extra_cells().begin(), c.extra_cells().end()}};
}

GridSpec FromProto(const v1::PlannerConfig::Model& m) {
  return {.min_size = m.min_size(),
          .max_size = m.max_size(),
          .grid = m.grid(),
          .tokens_per_param = m.tokens_per_param(),
          .exponent = m.exponent(),
          .width = m.width(),
          .step = m.step()};
}

PriorSpec FromProto(const v1::PlannerConfig::Prior& p) {
  PriorSpec prior;
  prior.law = p.law();
  prior.sweep = p.sweep();
  prior.coefficient = p.coefficient();
  prior.exponent = p.exponent();
  return prior;
}

ArchitectureSpec FromProto(const v1::PlannerConfig::Architecture& a) {
  return {.d_model_multiple = a.d_model_multiple(),
          .min_layers = a.min_layers(),
          .max_layers = a.max_layers(),
          .head_options = {a.head_options().begin(), a.head_options().end()},
          .aspect_ratio = a.aspect_ratio(),
          .ffn_ratio = a.ffn_ratio(),
          .ffn_multiple = a.ffn_multiple(),
          .size_tolerance = a.size_tolerance(),
          .heads_per_kv_head = a.heads_per_kv_head()};
}

TokensSpec FromProto(const v1::PlannerConfig::Tokens& t) {
  return {.min_tokens_per_param = t.min_tokens_per_param(),
          .max_tokens_per_param = t.max_tokens_per_param(),
          .min_steps = t.min_steps(),
          .max_steps = t.max_steps(),
          .allow_repeat = t.allow_repeat()};
}

// A spec kept from before there was such a group has none of it: constant.
BatchScheduleSpec FromProto(const v1::PlannerConfig::BatchSchedule& b) {
  return {.rule = b.rule(),
          .base_batch_tokens = b.base_batch_tokens(),
          .base_flops = b.base_flops(),
          .base_tokens = b.base_tokens(),
          .power = b.power(),
          .multiple = b.multiple(),
          .min_batch = b.min_batch(),
          .max_batch = b.max_batch()};
}

LrScheduleSpec FromProto(const v1::PlannerConfig::LrSchedule& s) {
  return {.rule = s.rule(),
          .base_lr = s.base_lr(),
          .base_size = s.base_size(),
          .lr_power = s.lr_power(),
          .base_flops = s.base_flops(),
          .base_tokens = s.base_tokens(),
          .batch_power = s.batch_power(),
          .sweep = {s.sweep().begin(), s.sweep().end()}};
}

DatasetSpec FromProto(const v1::Dataset& d) {
  return {
      .path = d.path(), .format = d.format(), .fingerprint = d.fingerprint(), .tokens = d.tokens()};
}

// A spec kept from before there was such a group: as anybody.
SchedulingSpec FromProto(const v1::PlannerConfig::Scheduling& s) {
  return {.priority = s.priority(),
          .weight = s.weight() > 0 ? s.weight() : 1,
          .max_running = s.max_running(),
          .labels = {s.labels().begin(), s.labels().end()}};
}

Alphas FromProto(const v1::TrainerConfig::Umup& u) {
  return {.attn = u.alpha_attn(),
          .ffn_act = u.alpha_ffn_act(),
          .res = u.alpha_res(),
          .res_attn_ratio = u.alpha_res_attn_ratio(),
          .loss = u.alpha_loss()};
}

MupSimple FromProto(const v1::TrainerConfig::MupSimple& m) {
  return {.base_std = m.base_std(),
          .base_width = m.base_width(),
          .base_width_wd = m.base_width_wd(),
          .no_decay_lr_mult = m.no_decay_lr_mult(),
          .readout_lr_scaling = m.readout_lr_scaling()};
}

SyntheticLaw FromProto(const v1::TrainerConfig::Synthetic& s) {
  return {.e = s.e(),
          .a = s.a(),
          .alpha = s.alpha(),
          .b = s.b(),
          .beta = s.beta(),
          .noise_sd = s.noise_sd(),
          .seconds_per_step = s.seconds_per_step()};
}

PhaseSpec PhasesOf(const v1::TrainerConfig::Trainer& trainer) {
  return {.warmup_ratio = trainer.warmup_ratio(),
          .warmup_steps = trainer.warmup_steps(),
          .warmup_tokens = trainer.warmup_tokens(),
          .decay_ratio = trainer.decay_ratio(),
          .share_stable_phase = trainer.share_stable_phase()};
}

void FillOptimizer(const v1::TrainerConfig::Trainer& t, Plan* plan) {
  plan->batch_size = t.batch_size();
  plan->accumulation_steps = t.accumulation_steps();
  plan->learning_rate = t.learning_rate();
  plan->scheduler = t.scheduler();
  plan->min_lr_ratio = t.min_lr_ratio();
  plan->weight_decay = t.weight_decay();
  plan->max_grad_norm = t.max_grad_norm();
  plan->adam_beta1 = t.adam_beta1();
  plan->adam_beta2 = t.adam_beta2();
  plan->adam_eps = t.adam_eps();
  plan->seed = t.seed();
  plan->log_every = t.log_every();
  plan->eval_every = t.eval_every();
  plan->eval_tokens = t.eval_tokens();
  plan->checkpoint_every = t.checkpoint_every();
  plan->checkpoint_minutes = t.checkpoint_minutes();
  plan->max_loss = t.max_loss();
  plan->keep_weights = t.keep_weights();
}

// The data is what the client found (proto.dataset), not what the configuration names.
Plan Recipe(const v1::SweepSpec& proto) {
  const v1::TrainerConfig& trainer = proto.trainer();
  Plan plan;
  plan.mode = trainer.mode();
  plan.shape.vocab_size = trainer.model().vocab_size();
  plan.shape.seq_len = trainer.dataset().seq_len();
  plan.shape.tied_head = trainer.model().tie_embeddings();
  plan.shape.norm_gains = trainer.model().norm_gains();
  plan.parametrization = trainer.model().parametrization();
  plan.alphas = FromProto(trainer.umup());
  plan.mup_simple = FromProto(trainer.mup_simple());
  // A spec kept from before there was such a key has none of it.
  if (!trainer.model().sp_init().empty()) plan.sp_init = trainer.model().sp_init();
  plan.dropout = trainer.model().dropout();
  plan.synthetic = FromProto(trainer.synthetic());
  plan.flop_count = proto.planner().compute().flop_count();
  plan.device = trainer.hardware().device();
  plan.num_threads = trainer.hardware().num_threads();
  plan.dtype = trainer.hardware().dtype();
  plan.data_path = proto.dataset().path();
  plan.data_format = proto.dataset().format();
  plan.data_fingerprint = proto.dataset().fingerprint();
  plan.data_tokens = proto.dataset().tokens();
  plan.data_sha256 = proto.dataset().sha256();
  plan.val_fraction = trainer.dataset().val_fraction();
  FillOptimizer(trainer.trainer(), &plan);
  return plan;
}

}  // namespace

absl::StatusOr<SweepSpec> FromProto(const v1::SweepSpec& proto) {
  if (!proto.has_planner() || !proto.has_trainer() || !proto.has_dataset()) {
    return absl::InvalidArgumentError(
        "a sweep's spec needs planner, trainer and dataset; send all three (ffctl fills them from "
        "conf/ and from the data file)");
  }
  absl::StatusOr<std::string> source = ToJson(proto);
  if (!source.ok()) return source.status();
  const v1::PlannerConfig& planner = proto.planner();
  SweepSpec spec;
  spec.compute = FromProto(planner.compute());
  spec.grid = FromProto(planner.model());
  spec.prior = FromProto(planner.prior());
  spec.architecture = FromProto(planner.architecture());
  spec.tokens = FromProto(planner.tokens());
  spec.batch_schedule = FromProto(planner.batch_schedule());
  spec.lr_schedule = FromProto(planner.lr_schedule());
  spec.dataset = FromProto(proto.dataset());
  spec.scheduling = FromProto(planner.scheduling());
  spec.recipe = Recipe(proto);
  spec.phases = PhasesOf(proto.trainer().trainer());
  spec.assumed_flops_per_second = planner.estimate().flops_per_second();
  spec.device_memory_bytes = planner.estimate().device_memory_bytes();
  spec.source = *std::move(source);
  if (!proto.has_analyzer()) return spec;
  absl::StatusOr<AnalyzeOptions> analyze = FromProto(proto.analyzer());
  if (!analyze.ok()) return analyze.status();
  spec.analyze = *std::move(analyze);
  return spec;
}

absl::StatusOr<v1::SweepSpec> ParseSpecSource(const std::string& source) {
  v1::SweepSpec spec;
  const absl::Status status = MergeJson(source, &spec);
  if (!status.ok()) {
    return absl::DataLossError(absl::StrCat("the stored spec cannot be read: ", status.message()));
  }
  return spec;
}

absl::StatusOr<v1::SweepSpec> SpecOf(const Sweep& sweep) {
  if (sweep.spec_source.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("sweep ", sweep.id, " was imported and has no plan of its own to extend; ",
                     "`ffctl plan prior.sweep=", sweep.id, "` plans one round its law"));
  }
  return ParseSpecSource(sweep.spec_source);
}

}  // namespace ff::convert
