#include "worker/recipe/parameter_specs.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "worker/recipe/umup_rules.h"

namespace ff::recipe {
namespace {

enum class Role { kEmbedding, kHidden, kResidualOut, kReadout, kNormGain };

struct Tensor {
  std::string name;
  std::vector<int64_t> shape;
  Role role;
  bool in_block;
};

std::vector<Tensor> Tensors(const protocol::ModelShape& s) {
  const int64_t d = s.d_model, kv_width = s.kv_heads * (d / s.heads);
  std::vector<Tensor> tensors = {{"embedding.weight", {s.vocab_size, d}, Role::kEmbedding, false}};
  for (int64_t i = 0; i < s.layers; ++i) {
    const std::string block = absl::StrCat("layers.", i, ".");
    const auto add = [&](const char* name, std::vector<int64_t> shape, Role role) {
      tensors.push_back({block + name, std::move(shape), role, true});
    };
    if (s.norm_gains) add("attn_norm.weight", {d}, Role::kNormGain);
    add("attn.wqkv.weight", {d + 2 * kv_width, d}, Role::kHidden);
    add("attn.wo.weight", {d, d}, Role::kResidualOut);
    if (s.norm_gains) add("mlp_norm.weight", {d}, Role::kNormGain);
    add("mlp.w_up_gate.weight", {2 * s.d_ff, d}, Role::kHidden);
    add("mlp.w_down.weight", {d, s.d_ff}, Role::kResidualOut);
  }
  if (s.norm_gains) tensors.push_back({"final_norm.weight", {d}, Role::kNormGain, false});
  if (!s.tied_head) tensors.push_back({"readout.weight", {s.vocab_size, d}, Role::kReadout, false});
  return tensors;
}

// u-muP: every matrix N(0, 1); the learning rate carries width and depth; decay is
// independent of the rate and covers all tensors.
ParameterSpec UmupSpec(const Tensor& tensor, const protocol::Plan& plan) {
  ParameterSpec spec{tensor.name, tensor.shape, 0, 1, plan.learning_rate, 0};
  if (tensor.role == Role::kNormGain) {
    spec.init_mean = 1, spec.init_std = 0;
  } else if (tensor.role != Role::kReadout) {
    spec.learning_rate *= WidthLearningRateFactor(tensor.shape.back());
  }
  if (tensor.in_block) spec.learning_rate *= DepthLearningRateFactor(plan.shape.layers);
  spec.weight_decay = plan.weight_decay / spec.learning_rate;
  return spec;
}

// Standard: N(0, 0.02^2), what ends a residual branch smaller by sqrt(2 layers) (GPT-2), or by
// choice N(0, 1 / fan_in) and an embedding of N(0, 1); one learning rate; decay coupled to it, none
// on gains.
ParameterSpec StandardSpec(const Tensor& tensor, const protocol::Plan& plan) {
  ParameterSpec spec{tensor.name, tensor.shape, 0, 0.02, plan.learning_rate, plan.weight_decay};
  if (plan.sp_init == "fan_in") {
    const bool embeds = tensor.role == Role::kEmbedding;
    spec.init_std = embeds ? 1 : 1 / std::sqrt(double(tensor.shape.back()));
  } else if (tensor.role == Role::kResidualOut) {
    spec.init_std /= std::sqrt(2.0 * plan.shape.layers);
  }
  if (tensor.role == Role::kNormGain) {
    spec.init_mean = 1, spec.init_std = 0, spec.weight_decay = 0;
  }
  return spec;
}

// What the Python flops-fit calls u-mup, a heuristic: hidden weights start at base_std /
// sqrt(fan_in) and the readout at 0; hidden rates fall as base_width / fan_in, the readout's does
// not; decay is coupled to the rate and grows with fan_in, so that their product is the same at
// every width of a hidden matrix; none on embedding and gains, which learn at a tenth. fan_in is
// the last extent.
ParameterSpec MupSimpleSpec(const Tensor& tensor, const protocol::Plan& plan) {
  const protocol::MupSimple& knobs = plan.mup_simple;
  ParameterSpec spec{tensor.name, tensor.shape, 0, knobs.base_std, plan.learning_rate, 0};
  if (tensor.role == Role::kNormGain || tensor.role == Role::kEmbedding) {
    spec.learning_rate *= knobs.no_decay_lr_mult;
    if (tensor.role == Role::kNormGain) spec.init_mean = 1, spec.init_std = 0;
    return spec;
  }
  const double fan_in = double(tensor.shape.back());
  spec.weight_decay = plan.weight_decay * fan_in / knobs.base_width_wd;
  const bool reads_out = tensor.role == Role::kReadout;
  spec.init_std = reads_out ? 0 : knobs.base_std / std::sqrt(fan_in);
  if (!reads_out || knobs.readout_lr_scaling) spec.learning_rate *= knobs.base_width / fan_in;
  return spec;
}

ParameterSpec SpecOf(const Tensor& tensor, const protocol::Plan& plan) {
  if (plan.parametrization == "sp") return StandardSpec(tensor, plan);
  if (plan.parametrization == "mup-simple") return MupSimpleSpec(tensor, plan);
  return UmupSpec(tensor, plan);
}

}  // namespace

std::vector<ParameterSpec> ParameterSpecs(const protocol::Plan& plan) {
  std::vector<ParameterSpec> specs;
  for (const Tensor& tensor : Tensors(plan.shape)) specs.push_back(SpecOf(tensor, plan));
  return specs;
}

int64_t CountParameters(const std::vector<ParameterSpec>& specs) {
  int64_t count = 0;
  for (const ParameterSpec& spec : specs) {
    int64_t size = 1;
    for (int64_t extent : spec.shape) size *= extent;
    count += size;
  }
  return count;
}

// FNV-1a over the name, then the finalizer of splitmix64 to spread neighbouring seeds.
uint64_t InitSeed(int64_t plan_seed, const std::string& name) {
  uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char c : name) hash = (hash ^ c) * 0x100000001b3;
  hash ^= static_cast<uint64_t>(plan_seed) * 0x9e3779b97f4a7c15;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
  return hash ^ (hash >> 31);
}

}  // namespace ff::recipe
