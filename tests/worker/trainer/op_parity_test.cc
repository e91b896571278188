// Every single-operation fixture of the reference package, forward and backward.
#include <cmath>

#include "tests/worker/trainer/fixtures.h"
#include "worker/recipe/umup_rules.h"
#include "worker/trainer/unit_scaling.h"

namespace ff::trainer {
namespace {

using at::Tensor;
using recipe::Constraint;
using OpParity = DeviceTest;

std::vector<json> Cases(const std::string& op) {
  const json fixture = LoadFixture("op_" + op);
  EXPECT_FALSE(fixture["cases"].empty());
  return fixture["cases"].get<std::vector<json>>();
}

Constraint ConstraintOf(const json& attrs) {
  if (attrs["constraint"].is_null()) return Constraint::kNone;
  return attrs["constraint"] == "gmean" ? Constraint::kGeometricMean : Constraint::kToOutputScale;
}

void CheckLinear(const json& c, const recipe::LinearScales& scales) {
  EXPECT_NEAR(scales.output, c["scales"]["output"], 1e-12);
  EXPECT_NEAR(scales.grad_input, c["scales"]["grad_input"], 1e-12);
  EXPECT_NEAR(scales.grad_weight, c["scales"]["grad_weight"], 1e-12);
  const Tensor x = AsParameter(c["inputs"]["x"]), w = AsParameter(c["inputs"]["w"]);
  const Tensor y = Linear(x, w, scales);
  ExpectClose(y, AsTensor(c["outputs"]["y"]));
  y.backward(AsTensor(c["upstream"]["y"]));
  ExpectClose(x.grad(), AsTensor(c["grads"]["x"]));
  ExpectClose(w.grad(), AsTensor(c["grads"]["w"]));
}

TEST_F(OpParity, Linear) {
  for (const json& c : Cases("linear")) {
    SCOPED_TRACE(c["name"]);
    const json& a = c["attrs"];
    CheckLinear(c, recipe::HiddenLinear(a["fan_in"], a["fan_out"], a["tokens"], ConstraintOf(a)));
  }
}

TEST_F(OpParity, LinearReadout) {
  for (const json& c : Cases("linear_readout")) {
    SCOPED_TRACE(c["name"]);
    const json& a = c["attrs"];
    CheckLinear(c, recipe::ReadoutLinear(a["fan_in"], a["fan_out"], a["tokens"], ConstraintOf(a)));
  }
}

TEST_F(OpParity, Embedding) {
  for (const json& c : Cases("embedding")) {
    const Tensor w = AsParameter(c["inputs"]["w"]);
    const double scale = recipe::EmbeddingGradScale(c["attrs"]["vocab"], c["attrs"]["tokens"]);
    const Tensor y = Embedding(AsTensor(c["inputs"]["ids"]), w, scale, at::kFloat);
    ExpectClose(y, AsTensor(c["outputs"]["y"]));
    y.backward(AsTensor(c["upstream"]["y"]));
    ExpectClose(w.grad(), AsTensor(c["grads"]["w"]));
  }
}

TEST_F(OpParity, RmsNorm) {
  for (const json& c : Cases("rms_norm")) {
    SCOPED_TRACE(c["name"]);
    const Tensor x = AsParameter(c["inputs"]["x"]);
    const bool affine = c["attrs"]["affine"];
    const Tensor gain = affine ? AsParameter(c["inputs"]["w"]) : Tensor();
    const double scale = recipe::NormGainGradScale(x.numel() / x.size(-1));
    const Tensor y = RmsNorm(x, gain, c["attrs"]["eps"], scale);
    ExpectClose(y, AsTensor(c["outputs"]["y"]));
    y.backward(AsTensor(c["upstream"]["y"]));
    // The tiny row's gradients are of order 1 / sqrt(eps): the relative part decides.
    ExpectClose(x.grad(), AsTensor(c["grads"]["x"]));
    if (affine) ExpectClose(gain.grad(), AsTensor(c["grads"]["w"]));
  }
}

TEST_F(OpParity, GatedSilu) {
  for (const json& c : Cases("silu_glu")) {
    SCOPED_TRACE(c["name"]);
    const Tensor u = AsTensor(c["inputs"]["x"]), g = AsTensor(c["inputs"]["gate"]);
    const Tensor u_gate = at::cat({u, g}, -1).requires_grad_();
    const double alpha = c["attrs"]["mult"];
    const Tensor y = GatedSilu(u_gate, alpha, recipe::GatedSiluScale(alpha));
    ExpectClose(y, AsTensor(c["outputs"]["y"]));
    y.backward(AsTensor(c["upstream"]["y"]));
    ExpectClose(u_gate.grad(),
                at::cat({AsTensor(c["grads"]["x"]), AsTensor(c["grads"]["gate"])}, -1));
  }
}

// The ungated activation is no part of the model; its factors are, and so is Scale.
TEST_F(OpParity, Silu) {
  for (const json& c : Cases("silu")) {
    SCOPED_TRACE(c["name"]);
    const Tensor x = AsParameter(c["inputs"]["x"]);
    const double alpha = c["attrs"]["mult"], forward = recipe::SiluScale(alpha);
    const bool constrained = ConstraintOf(c["attrs"]) == Constraint::kToOutputScale;
    const double backward = constrained ? forward : recipe::SiluGradScale(alpha);
    const Tensor y = Scale(x * at::sigmoid(x * alpha), forward, backward);
    ExpectClose(y, AsTensor(c["outputs"]["y"]));
    y.backward(AsTensor(c["upstream"]["y"]));
    ExpectClose(x.grad(), AsTensor(c["grads"]["x"]));
  }
}

TEST_F(OpParity, Attention) {
  for (const json& c : Cases("scaled_dot_product_attention")) {
    SCOPED_TRACE(c["name"]);
    const Tensor q = AsParameter(c["inputs"]["q"]), k = AsParameter(c["inputs"]["k"]);
    const Tensor v = AsParameter(c["inputs"]["v"]);
    const double alpha = c["attrs"]["mult"];
    const bool causal = c["attrs"]["is_causal"];
    const int64_t head_dim = q.size(3);
    const Tensor y =
        Attention(q, k, v,
                  {alpha / double(head_dim),
                   recipe::AttentionScale(q.size(2), head_dim, alpha, causal), causal});
    ExpectClose(y, AsTensor(c["outputs"]["y"]));
    y.backward(AsTensor(c["upstream"]["y"]));
    ExpectClose(q.grad(), AsTensor(c["grads"]["q"]));
    ExpectClose(k.grad(), AsTensor(c["grads"]["k"]));
    ExpectClose(v.grad(), AsTensor(c["grads"]["v"]));
  }
}

TEST_F(OpParity, ResidualSplit) {
  for (const json& c : Cases("residual_split")) {
    SCOPED_TRACE(c["name"]);
    const Tensor x = AsParameter(c["inputs"]["x"]);
    const auto [branch, skip] = ResidualSplit(x, recipe::ResidualScalesOf(c["attrs"]["tau"]));
    ExpectClose(branch, AsTensor(c["outputs"]["residual"]));
    ExpectClose(skip, AsTensor(c["outputs"]["skip"]));
    const Tensor sum = (branch * AsTensor(c["upstream"]["residual"])).sum() +
                       (skip * AsTensor(c["upstream"]["skip"])).sum();
    sum.backward();
    ExpectClose(x.grad(), AsTensor(c["grads"]["x"]));
  }
}

TEST_F(OpParity, ResidualAdd) {
  for (const json& c : Cases("residual_add")) {
    SCOPED_TRACE(c["name"]);
    const Tensor branch = AsParameter(c["inputs"]["residual"]);
    const Tensor skip = AsParameter(c["inputs"]["skip"]);
    const Tensor y = ResidualAdd(branch, skip, recipe::ResidualScalesOf(c["attrs"]["tau"]));
    ExpectClose(y, AsTensor(c["outputs"]["y"]));
    y.backward(AsTensor(c["upstream"]["y"]));
    ExpectClose(branch.grad(), AsTensor(c["grads"]["residual"]));
    ExpectClose(skip.grad(), AsTensor(c["grads"]["skip"]));
  }
}

TEST_F(OpParity, ResidualBlock) {
  for (const json& c : Cases("residual_block")) {
    SCOPED_TRACE(c["name"]);
    const Tensor x = AsParameter(c["inputs"]["x"]), w = AsParameter(c["inputs"]["w"]);
    const auto scales = recipe::ResidualScalesOf(c["attrs"]["tau"]);
    const auto linear =
        recipe::HiddenLinear(x.size(1), w.size(0), x.size(0), Constraint::kToOutputScale);
    const auto [branch, skip] = ResidualSplit(x, scales);
    const Tensor y = ResidualAdd(Linear(RmsNorm(branch, {}, 1e-5, 1), w, linear), skip, scales);
    ExpectClose(y, AsTensor(c["outputs"]["y"]));
    y.backward(AsTensor(c["upstream"]["y"]));
    ExpectClose(x.grad(), AsTensor(c["grads"]["x"]));
    ExpectClose(w.grad(), AsTensor(c["grads"]["w"]));
  }
}

TEST_F(OpParity, CrossEntropy) {
  for (const json& c : Cases("cross_entropy")) {
    SCOPED_TRACE(c["name"]);
    const Tensor z = AsParameter(c["inputs"]["z"]), y = AsTensor(c["inputs"]["y"]);
    const double beta = recipe::CrossEntropyGradScale(z.size(1));
    EXPECT_NEAR(beta, c["scales"]["grad_input"], 1e-12);
    // We have no ignored targets: leave out their rows; the reference's mean still counts them.
    const Tensor kept = at::nonzero(y != c["attrs"]["ignore_index"].get<int64_t>()).squeeze(1);
    const Tensor loss =
        CrossEntropySum(z.index_select(0, kept), y.index_select(0, kept), c["attrs"]["mult"], beta);
    const double divisor = c["attrs"]["reduction"] == "mean" ? double(z.size(0)) : 1;
    EXPECT_NEAR(loss.item<double>() / divisor, AsTensor(c["outputs"]["loss"]).item<double>(), 1e-5);
    loss.backward();
    ExpectClose(z.grad(), AsTensor(c["grads"]["z"]));
  }
}

// The fixture's layout is [B, H, T, D]; ours [B, T, H, D].
TEST_F(OpParity, Rope) {
  for (const json& c : Cases("rope")) {
    const Tensor x = AsParameter(c["inputs"]["x"]);
    const int64_t length = x.size(2), half = x.size(3) / 2;
    const double base = c["attrs"]["base"];
    Tensor angles = at::empty({length, half}, at::kDouble);
    for (int64_t t = 0; t < length; ++t) {
      for (int64_t j = 0; j < half; ++j) angles[t][j] = t * std::pow(base, -double(j) / half);
    }
    const Tensor cosine = angles.cos().to(at::kFloat).to(TestDevice());
    const Tensor sine = angles.sin().to(at::kFloat).to(TestDevice());
    const Tensor y = Rope(x.transpose(1, 2), x.size(1), cosine, sine).transpose(1, 2);
    ExpectClose(y, AsTensor(c["outputs"]["y"]));
    y.backward(AsTensor(c["upstream"]["y"]));
    ExpectClose(x.grad(), AsTensor(c["grads"]["x"]));
  }
}

// Heads beyond `heads` (the values) pass as they are.
TEST_F(OpParity, RopeLeavesTheOtherHeadsAlone) {
  const Tensor x = at::randn({2, 5, 3, 8});
  const Tensor angles = at::randn({5, 4});
  const Tensor y = Rope(x, 2, angles.cos(), angles.sin());
  EXPECT_TRUE(y.narrow(2, 2, 1).equal(x.narrow(2, 2, 1)));
  EXPECT_FALSE(y.narrow(2, 1, 1).equal(x.narrow(2, 1, 1)));
}

}  // namespace
}  // namespace ff::trainer
