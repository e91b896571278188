// Scale at initialization and its independence of width: single operations, the whole
// model against the reference's statistics, and the standard parametrization's start.
#include <ATen/Parallel.h>

#include <cmath>
#include <map>

#include "tests/worker/trainer/fixtures.h"
#include "worker/recipe/model_scales.h"
#include "worker/recipe/parameter_specs.h"
#include "worker/trainer/gpt.h"
#include "worker/trainer/optimizer.h"
#include "worker/trainer/unit_scaling.h"

namespace ff::trainer {
namespace {

using at::Tensor;
using recipe::Constraint;

class UnitScale : public DeviceTest, public ::testing::WithParamInterface<int> {
 protected:
  UnitScale() { at::manual_seed(GetParam()); }
  static Tensor Leaf(std::vector<int64_t> shape) {
    return at::randn(shape).to(TestDevice()).requires_grad_();
  }
  static Tensor Integers(int64_t high, int64_t count) {
    return at::randint(high, {count}, at::kLong).to(TestDevice());
  }
  static void Feed(const Tensor& y) { y.backward(at::randn(y.sizes()).to(TestDevice())); }
};

TEST_P(UnitScale, LinearUnconstrained) {
  const Tensor x = Leaf({256, 1024}), w = Leaf({4096, 1024});
  const Tensor y = Linear(x, w, recipe::HiddenLinear(1024, 4096, 256, Constraint::kNone));
  Feed(y);
  EXPECT_NEAR(Rms(y), 1, 0.1);
  EXPECT_NEAR(Rms(x.grad()), 1, 0.1);
  EXPECT_NEAR(Rms(w.grad()), 1, 0.1);
}

TEST_P(UnitScale, LinearConstrained) {
  const Tensor x = Leaf({256, 1024}), w = Leaf({4096, 1024});
  const Tensor y = Linear(x, w, recipe::HiddenLinear(1024, 4096, 256, Constraint::kToOutputScale));
  Feed(y);
  EXPECT_NEAR(Rms(x.grad()), 2, 0.2);
  EXPECT_NEAR(Rms(w.grad()), 1, 0.1);
}

TEST_P(UnitScale, Readout) {
  const Tensor x = Leaf({256, 1024}), w = Leaf({4096, 1024});
  const Tensor y = Linear(x, w, recipe::ReadoutLinear(1024, 4096, 256, Constraint::kNone));
  Feed(y);
  EXPECT_NEAR(Rms(y) * 32, 1, 0.1);
  EXPECT_NEAR(Rms(x.grad()), 1, 0.1);
  EXPECT_NEAR(Rms(w.grad()), 1, 0.1);
}

TEST_P(UnitScale, EmbeddingTable) {
  const Tensor w = Leaf({4096, 64});
  const Tensor y =
      Embedding(Integers(4096, 512), w, recipe::EmbeddingGradScale(4096, 512), at::kFloat);
  Feed(y);
  EXPECT_NEAR(Rms(y), 1, 0.1);
  EXPECT_NEAR(Rms(w.grad()), 1, 0.1);
}

TEST_P(UnitScale, Norm) {
  const Tensor x = Leaf({1024, 256}), gain = at::ones({256}).to(TestDevice()).requires_grad_();
  const Tensor y = RmsNorm(x, gain, 1e-5, recipe::NormGainGradScale(1024));
  Feed(y);
  EXPECT_NEAR(Rms(y), 1, 0.01);
  EXPECT_NEAR(Rms(x.grad()), 1, 0.1);
  EXPECT_NEAR(Rms(gain.grad()), 1, 0.15);  // 256 entries only
}

TEST_P(UnitScale, GatedActivation) {
  for (double alpha : {0.25, 1.0, 4.0}) {
    const Tensor x = Leaf({512, 512});
    const Tensor y = GatedSilu(x, alpha, recipe::GatedSiluScale(alpha));
    Feed(y);
    EXPECT_NEAR(Rms(y), 1, 0.1) << alpha;
    EXPECT_NEAR(Rms(x.grad().narrow(1, 0, 256)), 1, 0.1) << alpha;
    EXPECT_NEAR(Rms(x.grad().narrow(1, 256, 256)), 1, 0.1) << alpha;
  }
}

TEST_P(UnitScale, CausalAttention) {
  const Tensor q = Leaf({2, 4, 256, 64}), k = Leaf({2, 4, 256, 64}), v = Leaf({2, 4, 256, 64});
  const Tensor y = Attention(q, k, v, {1.0 / 64, recipe::AttentionScale(256, 64, 1, true), true});
  Feed(y);
  EXPECT_NEAR(Rms(y), 1, 0.1);
  EXPECT_NEAR(Rms(v.grad()), 1, 0.1);
  EXPECT_NEAR(Rms(q.grad()), 0.11, 0.02);
  EXPECT_NEAR(Rms(k.grad()), 0.11, 0.02);
}

TEST_P(UnitScale, ResidualBlock) {
  for (double tau : {0.2, 1.0, 3.0}) {
    const Tensor x = Leaf({512, 256}), w = Leaf({256, 256});
    const auto scales = recipe::ResidualScalesOf(tau);
    auto [branch, skip] = ResidualSplit(x, scales);
    branch.retain_grad();
    const auto linear = recipe::HiddenLinear(256, 256, 512, Constraint::kToOutputScale);
    const Tensor y = ResidualAdd(Linear(branch, w, linear), skip, scales);
    Feed(y);
    EXPECT_NEAR(Rms(y), 1, 0.1) << tau;
    EXPECT_NEAR(Rms(x.grad()), 1, 0.1) << tau;
    EXPECT_NEAR(Rms(branch.grad()), 1, 0.1) << tau;
  }
}

TEST_P(UnitScale, CrossEntropyLoss) {
  const Tensor z = Leaf({4096, 256}), targets = Integers(256, 4096);
  const Tensor loss = CrossEntropySum(z, targets, 1, recipe::CrossEntropyGradScale(256));
  loss.backward();
  EXPECT_NEAR(Rms(z.grad()), 1, 0.1);
  EXPECT_NEAR(loss.item<double>() / 4096, at::cross_entropy_loss(z, targets).item<double>(), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Seeds, UnitScale, ::testing::Values(1, 2, 3));

using Statistics = std::map<std::string, double>;

// The reference's setting: 4 layers, heads of 32, d_ff 4 d, V 256, T 128, batch 4.
class WidthCheck : public ::testing::Test {
 protected:
  static constexpr int64_t kLength = 128, kBatch = 4, kVocab = 256;
  static constexpr int kSeeds = 4;

  static protocol::Plan PlanOf(int64_t width) {
    protocol::Plan plan;
    plan.shape = {4, width, width / 32, width / 32, 4 * width, kVocab, kLength, false, false};
    plan.parametrization = "u-mup", plan.learning_rate = 0.25, plan.batch_size = kBatch;
    return plan;
  }

  // Adds the RMS of activations, gradients and, after four steps, of the logits' change.
  static void Collect(int64_t width, Constraint constraint, int seed, int steps, Statistics* all) {
    at::set_num_threads(1);  // small products: a second thread would mostly wait
    const protocol::Plan plan = PlanOf(width);
    const auto specs = recipe::ParameterSpecs(plan);
    Gpt gpt(plan.shape, recipe::UmupScales(plan.shape, {}, {kBatch * kLength, constraint}), specs,
            seed, {});
    at::manual_seed(100 + seed);
    const Tensor ids = at::randint(kVocab, {kBatch, kLength}, at::kLong);
    std::map<std::string, Tensor> seen;
    gpt.set_observer([&](const std::string& name, const Tensor& activation) {
      activation.retain_grad();
      seen[name] = activation;
    });
    Optimizer optimizer(gpt.parameters(), specs, {0.9, 0.99, 1e-8});
    std::map<std::string, Tensor> first;
    for (int step = 0; step <= steps; ++step) {
      const Tensor logits = gpt.Logits(ids).view({kBatch, kLength, kVocab});
      const Tensor scored = logits.narrow(1, 0, kLength - 1).reshape({-1, kVocab});
      const Tensor loss = gpt.LossSum(scored, ids.narrow(1, 1, kLength - 1));
      loss.backward();
      const double mean = loss.item<double>() / double(kBatch * (kLength - 1));
      if (step == 0) {
        (*all)["loss"] += mean / kSeeds;
        Initial(gpt, specs, seen, all);
        for (const auto& [name, tensor] : seen) first[name] = tensor.detach().clone();
      } else {
        const std::string prefix = "delta_after_" + std::to_string(step) + "_steps/";
        for (const char* name : {"embedding", "layers.0.stream", "layers.3.attn_out",
                                 "layers.3.mlp_out", "final_norm", "logits"}) {
          (*all)[prefix + name] += Rms(seen[name].detach() - first[name]) / kSeeds;
        }
        (*all)["loss_after_" + std::to_string(step) + "_steps"] += mean / kSeeds;
      }
      optimizer.Step(1);
    }
  }

  static void Initial(const Gpt& gpt, const std::vector<recipe::ParameterSpec>& specs,
                      const std::map<std::string, Tensor>& seen, Statistics* all) {
    const auto put = [&](const std::string& name, const Tensor& value, const Tensor& grad) {
      (*all)["act/" + name] += Rms(value.detach()) / kSeeds;
      (*all)["act_grad/" + name] += Rms(grad) / kSeeds;
    };
    for (const auto& [name, tensor] : seen) {
      if (const size_t at = name.find("up_gate"); at != std::string::npos) {
        const int64_t f = tensor.size(-1) / 2;
        const std::string block = name.substr(0, at);
        put(block + "up", tensor.narrow(-1, 0, f), tensor.grad().narrow(-1, 0, f));
        put(block + "gate", tensor.narrow(-1, f, f), tensor.grad().narrow(-1, f, f));
      } else {
        put(name, tensor, tensor.grad());
      }
    }
    for (size_t i = 0; i < specs.size(); ++i) {
      const Tensor grad = gpt.parameters()[i].grad();
      if (const size_t at = specs[i].name.find("w_up_gate"); at != std::string::npos) {
        const std::string block = "weight_grad/" + specs[i].name.substr(0, at);
        (*all)[block + "w_up.weight"] += Rms(grad.narrow(0, 0, grad.size(0) / 2)) / kSeeds;
        (*all)[block + "w_gate.weight"] +=
            Rms(grad.narrow(0, grad.size(0) / 2, grad.size(0) / 2)) / kSeeds;
      } else {
        (*all)["weight_grad/" + specs[i].name] += Rms(grad) / kSeeds;
      }
      const Tensor weight = gpt.parameters()[i].detach();
      // Four standard deviations of the RMS of n normal numbers.
      EXPECT_NEAR(Rms(weight), 1, 4 / std::sqrt(2.0 * weight.numel())) << specs[i].name;
    }
  }

  static Statistics MeanOfSeeds(int64_t width, Constraint constraint, int steps = 4) {
    Statistics all;
    for (int seed = 1; seed <= kSeeds; ++seed) Collect(width, constraint, seed, steps, &all);
    return all;
  }

  // How far our mean may lie from the reference's, which is of two seeds.
  static double Tolerance(const std::string& name) {
    if (name.rfind("loss", 0) == 0) return 0.02;
    if (name.rfind("act/", 0) == 0) return name.find("attn") == std::string::npos ? 0.1 : 0.2;
    if (name.rfind("delta", 0) == 0) return 0.25;
    return 0.3;  // gradients of q and k are small differences
  }
};

TEST_F(WidthCheck, StatisticsAreTheReferences) {
  int compared = 0;
  const json reference = LoadFixture("coord_check");
  for (const json& row : reference["rows"]) {
    if (row["width"] > 128) continue;
    const auto constraint =
        row["mlp_constraint"].is_null() ? Constraint::kNone : Constraint::kToOutputScale;
    const Statistics ours = MeanOfSeeds(row["width"], constraint);
    for (const auto& [name, value] : row["stats"].items()) {
      const auto found = ours.find(name);
      if (found == ours.end()) continue;
      ++compared;
      EXPECT_NEAR(found->second / value.get<double>(), 1, Tolerance(name))
          << name << " at width " << row["width"] << ": " << found->second << " and " << value;
    }
  }
  EXPECT_GT(compared, 4 * 100);
}

TEST_F(WidthCheck, ScaleAtTheStart) {
  const Statistics s = MeanOfSeeds(128, Constraint::kNone, 0);
  const auto near = [&](const std::string& name, double value, double tolerance) {
    ASSERT_TRUE(s.count(name)) << name;
    EXPECT_NEAR(s.at(name), value, tolerance) << name;
  };
  near("act/embedding", 1, 0.05);
  near("act/final_norm", 1, 0.001);
  near("act/logits", 1 / std::sqrt(128.0), 0.05 / std::sqrt(128.0));
  near("loss", std::log(256.0) + 0.5 / 128, 0.02);
  near("act_grad/logits", std::sqrt(127.0 / 128), 0.005);
  near("act_grad/final_norm", 1, 0.03);
  near("act_grad/embedding", 1.05, 0.1);
  near("weight_grad/readout.weight", 1, 0.06);
  near("weight_grad/embedding.weight", 1.1, 0.1);
  const double attention[] = {1.1, 2.2, 3.5, 4.3}, stream[] = {1.02, 1.24, 1.6, 1.9};
  for (int i = 0; i < 4; ++i) {
    const std::string block = "layers." + std::to_string(i);
    for (const char* name : {".attn_norm", ".mlp_norm"}) near("act/" + block + name, 1, 0.001);
    for (const char* name : {".q", ".k", ".v", ".up", ".gate"}) {
      near("act/" + block + name, 1, 0.05);
    }
    for (const char* name : {".glu", ".mlp_out"}) near("act/" + block + name, 1, 0.06);
    near("act/" + block + ".attn", attention[i], 0.15 * attention[i]);
    near("act/" + block + ".stream", stream[i], 0.1 * stream[i]);
    near("act_grad/" + block + ".stream", 0.545, 0.085);
    const std::string weight = "weight_grad/" + block;
    near(weight + ".attn.wqkv.weight", 1.35, 0.15);
    near(weight + ".attn.wo.weight", 2.25, 0.25);
    for (const char* name : {".mlp.w_up.weight", ".mlp.w_gate.weight", ".mlp.w_down.weight"}) {
      near(weight + name, 0.625, 0.125);
    }
  }
}

TEST(StandardParametrization, StartsAsItSays) {
  protocol::Plan plan;
  plan.shape = {3, 64, 2, 2, 256, 256, 32, false, true};
  plan.parametrization = "sp", plan.learning_rate = 1e-3, plan.batch_size = 4;
  const auto specs = recipe::ParameterSpecs(plan);
  const Gpt gpt(plan.shape, recipe::ScalesFor(plan), specs, 1, {});
  for (size_t i = 0; i < specs.size(); ++i) {
    const double rms = Rms(gpt.parameters()[i].detach());
    const bool ends_branch = specs[i].name.find("wo.") != std::string::npos ||
                             specs[i].name.find("w_down.") != std::string::npos;
    const double expected = specs[i].shape.size() == 1 ? 1
                            : ends_branch              ? 0.02 / std::sqrt(6.0)
                                                       : 0.02;
    EXPECT_NEAR(rms / expected, 1, 0.05) << specs[i].name;
  }
  at::manual_seed(1);
  const Tensor ids = at::randint(256, {64, 32}, at::kLong);
  const Tensor loss = gpt.LossSum(gpt.Logits(ids), at::randint(256, {64, 32}, at::kLong));
  EXPECT_NEAR(loss.item<double>() / 2048, std::log(256.0), 0.03);
}

// The values are those of the tensor's name, wherever it stands in the list.
TEST(Initialization, DoesNotDependOnTheOtherTensors) {
  protocol::Plan small, deep;
  small.shape = {1, 32, 2, 2, 64, 256, 32, false, false};
  small.parametrization = "u-mup", small.learning_rate = 1, small.batch_size = 1;
  deep = small;
  deep.shape.layers = 3;
  const auto values = [](const protocol::Plan& plan) {
    const auto specs = recipe::ParameterSpecs(plan);
    const Gpt gpt(plan.shape, recipe::ScalesFor(plan), specs, 5, {});
    std::map<std::string, Tensor> named;
    for (size_t i = 0; i < specs.size(); ++i) named[specs[i].name] = gpt.parameters()[i];
    return named;
  };
  const auto a = values(small), b = values(deep);
  for (const auto& [name, tensor] : a) EXPECT_TRUE(tensor.equal(b.at(name))) << name;
  EXPECT_FALSE(b.at("layers.0.attn.wo.weight").equal(b.at("layers.1.attn.wo.weight")));
}

}  // namespace
}  // namespace ff::trainer
