// A whole-model fixture as plan, model and named tensors. The fixtures have separate up and
// gate matrices where ours are rows of one.
#pragma once

#include <ATen/core/grad_mode.h>

#include <map>
#include <string>
#include <vector>

#include "tests/worker/trainer/fixtures.h"
#include "worker/recipe/model_scales.h"
#include "worker/recipe/parameter_specs.h"
#include "worker/trainer/gpt.h"
#include "worker/trainer/optimizer.h"

namespace ff::trainer {

struct ModelFixture {
  explicit ModelFixture(const std::string& name) : data(LoadFixture("model_" + name)) {
    const json& c = data["config"];
    const json& o = data["optimizer"];
    plan.shape = {c["layers"], c["width"], c["heads"], c["heads"],      c["d_ff"],
                  c["vocab"],  c["seq"],   false,      c["norm_affine"]};
    plan.alphas = {c["alpha_attn"], c["alpha_ffn_act"], c["alpha_res"], c["alpha_res_attn_ratio"],
                   c["alpha_loss"]};
    plan.parametrization = "u-mup";
    plan.batch_size = c["batch"];
    plan.learning_rate = o["lr"], plan.weight_decay = o["weight_decay"];
    specs = recipe::ParameterSpecs(plan);
    const auto constraint = c["mlp_constraint"].is_null() ? recipe::Constraint::kNone
                                                          : recipe::Constraint::kToOutputScale;
    scales = recipe::UmupScales(plan.shape, plan.alphas,
                                {plan.batch_size * plan.shape.seq_len, constraint});
    adam = {o["betas"][0], o["betas"][1], o["eps"]};
  }

  Gpt Model() const {
    GptOptions options;
    options.device = TestDevice();
    options.rotary_positions = data["config"]["rope"];
    Gpt gpt(plan.shape, scales, specs, 1, options);
    at::NoGradGuard no_grad;
    for (size_t i = 0; i < specs.size(); ++i) {
      gpt.parameters()[i].copy_(Named(data["params_init"], specs[i].name));
    }
    return gpt;
  }

  // Ours from the fixture's tensors.
  at::Tensor Named(const json& tensors, const std::string& name) const {
    if (const size_t at = name.find("w_up_gate"); at != std::string::npos) {
      const std::string block = name.substr(0, at);
      return at::cat(
          {AsTensor(tensors[block + "w_up.weight"]), AsTensor(tensors[block + "w_gate.weight"])});
    }
    return AsTensor(tensors[name]);
  }

  // A property of a tensor that up and gate share.
  const json& Info(std::string name) const {
    if (const size_t at = name.find("w_up_gate"); at != std::string::npos) {
      name.replace(at, 9, "w_up");
    }
    return data["param_info"][name];
  }

  at::Tensor Ids(size_t step) const {
    const at::Tensor all = AsTensor(data["batches"]);
    return all[step % all.size(0)];
  }

  // Positions 0 .. T - 2 against ids 1 .. T - 1; the reference runs the model on all T.
  struct Losses {
    at::Tensor logits, sum;
    int64_t rows;
  };
  Losses LossOf(const Gpt& gpt, const at::Tensor& ids) const {
    const int64_t length = ids.size(1), batch = ids.size(0);
    const at::Tensor logits = gpt.Logits(ids).view({batch, length, plan.shape.vocab_size});
    const at::Tensor scored = logits.narrow(1, 0, length - 1).reshape({-1, plan.shape.vocab_size});
    return {logits, gpt.LossSum(scored, ids.narrow(1, 1, length - 1)), batch * (length - 1)};
  }

  json data;
  protocol::Plan plan;
  std::vector<recipe::ParameterSpec> specs;
  recipe::ModelScales scales;
  AdamOptions adam;
};

}  // namespace ff::trainer
