#include "worker/trainer/export_weights.h"

#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "worker/checkpoint/durable.h"
#include "worker/protocol/messages.h"
#include "worker/recipe/model_scales.h"
#include "worker/recipe/parameter_specs.h"
#include "worker/trainer/gpt.h"

namespace ff::trainer {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;

Json Scales(const recipe::ModelScales& scales) {
  return {{"qkv", scales.qkv.output},
          {"attention_logits", scales.attention_logits},
          {"attention_output", scales.attention_output},
          {"attention_out", scales.attention_out.output},
          {"up_gate", scales.up_gate.output},
          {"silu_sharpness", scales.silu_sharpness},
          {"gated_silu", scales.gated_silu},
          {"down", scales.down.output},
          {"readout", scales.readout.output},
          {"loss_sharpness", scales.loss_sharpness}};
}

}  // namespace

std::string ModelConfigJson(const protocol::Plan& plan) {
  const protocol::ModelShape& s = plan.shape;
  const recipe::ModelScales scales = recipe::ScalesFor(plan);
  Json branches = Json::array();
  for (const recipe::ResidualScales& branch : scales.branches) {
    branches.push_back({branch.branch, branch.skip});
  }
  const Json config = {{"format", kFormat},           {"parametrization", plan.parametrization},
                       {"vocab_size", s.vocab_size},  {"layers", s.layers},
                       {"d_model", s.d_model},        {"heads", s.heads},
                       {"kv_heads", s.kv_heads},      {"d_ff", s.d_ff},
                       {"seq_len", s.seq_len},        {"tied_head", s.tied_head},
                       {"norm_eps", scales.norm_eps}, {"rope_base", kRopeBase},
                       {"scales", Scales(scales)},    {"branches", branches}};
  return config.dump(2) + "\n";
}

absl::Status ExportWeights(const protocol::Plan& plan, const std::vector<FloatTensor>& weights,
                           const std::string& folder) {
  const std::string unfinished = folder + ".tmp";
  absl::Status status = checkpoint::RemoveFolder(unfinished);
  if (status.ok()) status = checkpoint::MakeFolder(unfinished);
  if (status.ok()) {
    status = WriteSafetensors(unfinished + "/model.safetensors", weights, {{"format", "pt"}});
  }
  if (status.ok()) status = checkpoint::Flush(unfinished + "/model.safetensors");
  if (status.ok()) {
    status = checkpoint::WriteFileDurably(unfinished + "/config.json", ModelConfigJson(plan));
  }
  if (status.ok()) status = checkpoint::RemoveFolder(folder);
  if (status.ok() && std::rename(unfinished.c_str(), folder.c_str()) != 0) {
    status = checkpoint::IoError("renaming", unfinished, errno);
  }
  if (!status.ok()) checkpoint::RemoveFolder(unfinished).IgnoreError();
  return status;
}

absl::Status ExportCheckpoint(const std::string& checkpoint, const std::string& folder) {
  const std::string path = checkpoint + "/state.safetensors";
  const absl::StatusOr<Metadata> metadata = ReadSafetensors(path, {});
  if (!metadata.ok()) return metadata.status();
  const auto text = metadata->find("plan");
  if (text == metadata->end()) return absl::DataLossError(path + " names no plan");
  const absl::StatusOr<protocol::Plan> plan = protocol::ParsePlan(text->second);
  if (!plan.ok()) return plan.status();
  const std::vector<recipe::ParameterSpec> specs = recipe::ParameterSpecs(*plan);
  std::vector<std::vector<float>> values;
  std::vector<FloatTensor> weights;
  for (const recipe::ParameterSpec& spec : specs) {
    values.emplace_back(recipe::CountParameters({spec}));
    weights.push_back({spec.name, spec.shape, values.back().data()});
  }
  if (absl::Status read = ReadSafetensors(path, weights).status(); !read.ok()) return read;
  return ExportWeights(*plan, weights, folder);
}

}  // namespace ff::trainer
