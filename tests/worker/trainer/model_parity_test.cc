// The reference package's three models: loss, logits, gradients and parameters after three
// steps; and the identity between unit-scaled and ordinary gradients.
#include <cmath>

#include "tests/worker/trainer/model_fixture.h"

namespace ff::trainer {
namespace {

using at::Tensor;

class ModelParity : public DeviceTest, public ::testing::WithParamInterface<const char*> {
 protected:
  ModelFixture fixture_{GetParam()};
};

TEST_P(ModelParity, TensorsRatesAndDecay) {
  int64_t entries = 0;
  for (const recipe::ParameterSpec& spec : fixture_.specs) {
    SCOPED_TRACE(spec.name);
    EXPECT_NEAR(spec.learning_rate, fixture_.Info(spec.name)["lr"], 1e-12);
    EXPECT_NEAR(spec.weight_decay, fixture_.Info(spec.name)["adamw_weight_decay"], 1e-9);
  }
  for (const auto& [name, value] : fixture_.data["params_init"].items()) {
    entries += int64_t(value["data"].size());
  }
  EXPECT_EQ(fixture_.Model().CountParameters(), entries);
}

TEST_P(ModelParity, LogitsLossAndGradients) {
  const Gpt gpt = fixture_.Model();
  const auto losses = fixture_.LossOf(gpt, fixture_.Ids(0));
  ExpectClose(losses.logits, AsTensor(fixture_.data["logits_batch0"]), 1e-5, 0);
  EXPECT_NEAR(losses.sum.item<double>() / losses.rows, fixture_.data["losses"][0], 1e-5);
  losses.sum.backward();
  for (size_t i = 0; i < fixture_.specs.size(); ++i) {
    SCOPED_TRACE(fixture_.specs[i].name);
    const Tensor expected = fixture_.Named(fixture_.data["grads_batch0"], fixture_.specs[i].name);
    ExpectClose(gpt.parameters()[i].grad(), expected, 1e-5, 1e-4);
  }
}

TEST_P(ModelParity, ParametersAfterTraining) {
  const Gpt gpt = fixture_.Model();
  Optimizer optimizer(gpt.parameters(), fixture_.specs, fixture_.adam);
  const json& factors = fixture_.data["optimizer"]["lr_factor"];
  for (size_t step = 0; step < factors.size(); ++step) {
    const auto losses = fixture_.LossOf(gpt, fixture_.Ids(step));
    EXPECT_NEAR(losses.sum.item<double>() / losses.rows, fixture_.data["losses"][step], 1e-5);
    losses.sum.backward();
    optimizer.Step(factors[step]);
  }
  int64_t outside = 0;
  for (size_t i = 0; i < fixture_.specs.size(); ++i) {
    const Tensor expected = fixture_.Named(fixture_.data["params_after"], fixture_.specs[i].name);
    outside += ((gpt.parameters()[i] - expected).abs() > 1e-4).sum().item<int64_t>();
  }
  EXPECT_LE(outside, gpt.CountParameters() / 1000);
  const auto after = fixture_.LossOf(gpt, fixture_.Ids(0));
  EXPECT_NEAR(after.sum.item<double>() / after.rows, fixture_.data["loss_on_batch0_after_training"],
              1e-4);
}

// Backward factors that equal the forward ones make every operation's gradient the ordinary
// one; the unit-scaled gradient is that times a constant for each tensor.
TEST_P(ModelParity, UnitScaledGradientsAreOrdinaryOnesTimesAConstant) {
  recipe::ModelScales plain = fixture_.scales;
  for (recipe::LinearScales* s :
       {&plain.qkv, &plain.attention_out, &plain.up_gate, &plain.down, &plain.readout}) {
    s->grad_input = s->grad_weight = s->output;
  }
  plain.embedding_grad = plain.norm_gain_grad = 1;
  const auto losses_rows = [&](const Gpt& gpt) { return fixture_.LossOf(gpt, fixture_.Ids(0)); };
  const Gpt scaled = fixture_.Model();
  losses_rows(scaled).sum.backward();

  // Residual factors stay: the add's forward factor moves to its backward by hand below.
  const json& config = fixture_.data["config"];
  const double rows = double(losses_rows(scaled).rows), alpha_loss = config["alpha_loss"];
  plain.loss_grad = alpha_loss / rows;
  ModelFixture other = fixture_;
  other.scales = plain;
  const Gpt ordinary = other.Model();
  other.LossOf(ordinary, fixture_.Ids(0)).sum.backward();
  for (size_t i = 0; i < fixture_.specs.size(); ++i) {
    const std::string& name = fixture_.specs[i].name;
    SCOPED_TRACE(name);
    double constant = fixture_.Info(name)["true_grad_multiplier"];
    // ResidualSplit and ResidualAdd apply the branch's factor a at the split: gradients inside
    // a branch are 1 / a times the ordinary ones, in both models.
    if (name.rfind("layers.", 0) == 0) {
      const int64_t layer = name[7] - '0', branch = 2 * layer + (name.find("attn") == 9 ? 0 : 1);
      constant *= plain.branches[branch].branch;
    }
    const Tensor expected = ordinary.parameters()[i].grad() * constant;
    const Tensor difference = (scaled.parameters()[i].grad() - expected).abs().max();
    EXPECT_LE(difference.item<double>(), 1e-5 * expected.abs().max().item<double>());
  }
}

// The same identity without a second backward pass: along a direction u the mean loss changes by
// the sum over tensors of (gradient / constant) u, which differences of the forward pass alone
// give.
TEST_P(ModelParity, UnitScaledGradientsOverTheirConstantsAreTheSlopeOfTheLoss) {
  const auto mean_loss = [&](const Gpt& gpt) {
    const auto losses = fixture_.LossOf(gpt, fixture_.Ids(0));
    return losses.sum.to(at::kDouble).item<double>() / double(losses.rows);
  };
  const Gpt gpt = fixture_.Model();
  fixture_.LossOf(gpt, fixture_.Ids(0)).sum.backward();
  at::NoGradGuard no_grad;
  at::manual_seed(4);
  for (size_t i = 0; i < fixture_.specs.size(); ++i) {
    const std::string& name = fixture_.specs[i].name;
    Tensor weight = gpt.parameters()[i];
    const Tensor gradient = weight.grad(), kept = weight.clone();
    // Mostly along the gradient, so that the slope stands out of rounding.
    const Tensor noise = at::randn(weight.sizes()).to(TestDevice());
    const Tensor u = gradient / gradient.norm() + 0.3 * noise / noise.norm();
    // The central differences of two widths, combined so that the third derivative drops out.
    const double step = 0.01 * kept.norm().item<double>();
    const auto difference = [&](double h) {
      weight.copy_(kept + h * u);
      const double above = mean_loss(gpt);
      weight.copy_(kept - h * u);
      const double below = mean_loss(gpt);
      weight.copy_(kept);
      return (above - below) / (2 * h);
    };
    const double measured = (4 * difference(step) - difference(2 * step)) / 3;
    const double constant = fixture_.Info(name)["true_grad_multiplier"];
    const double slope = (gradient * u).sum().item<double>() / constant;
    EXPECT_NEAR(measured / slope, 1, 0.03) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Reference, ModelParity,
                         ::testing::Values("lib_decoder", "llama_default", "llama_alphas"));

}  // namespace
}  // namespace ff::trainer
