// Coordinate checks over widths and depths (Yang et al. 2022, appendix D.1): under u-muP neither
// scale at the start nor the change by some steps depends on width; under the standard
// parametrization, the control, it does.
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "tests/worker/trainer/fixtures.h"
#include "worker/recipe/model_scales.h"
#include "worker/recipe/parameter_specs.h"
#include "worker/trainer/gpt.h"
#include "worker/trainer/optimizer.h"

namespace ff::trainer {
namespace {

using at::Tensor;
using Statistics = std::map<std::string, double>;

struct Setting {
  int64_t width = 128, layers = 4, length = 128, ffn_ratio = 4;
  std::string parametrization = "u-mup";
  double rate = 0.25;
};

constexpr int64_t kBatch = 4, kVocab = 256;

protocol::Plan PlanOf(const Setting& setting) {
  const int64_t d = setting.width;
  protocol::Plan plan;
  plan.shape = {setting.layers, d,     d / 32, d / 32, setting.ffn_ratio * d, kVocab,
                setting.length, false, false};
  plan.parametrization = setting.parametrization, plan.sp_init = "fan_in";
  plan.learning_rate = setting.rate, plan.batch_size = kBatch;
  return plan;
}

class CoordinateCheck : public DeviceTest {
 protected:
  // RMS of activations ("act/..."), their gradients ("grad/...") and those of weights
  // ("weight/...") at the start, and of the activations' change after `steps` steps on one batch
  // ("delta/...").
  static Statistics Run(const Setting& setting, int seed, int steps) {
    at::set_num_threads(1);  // small products: a second thread would mostly wait
    const protocol::Plan plan = PlanOf(setting);
    const auto specs = recipe::ParameterSpecs(plan);
    Gpt gpt(plan.shape, recipe::ScalesFor(plan), specs, seed, {.device = TestDevice()});
    at::manual_seed(100 + seed);
    const Tensor ids = at::randint(kVocab, {kBatch, setting.length}, at::kLong).to(TestDevice());
    std::map<std::string, Tensor> seen, first;
    gpt.set_observer([&](const std::string& name, const Tensor& activation) {
      activation.retain_grad();
      seen[name] = activation;
    });
    Optimizer optimizer(gpt.parameters(), specs, {0.9, 0.99, 1e-8});
    Statistics all;
    for (int step = 0; step <= steps; ++step) {
      const Tensor logits = gpt.Logits(ids).view({kBatch, setting.length, kVocab});
      const Tensor scored = logits.narrow(1, 0, setting.length - 1).reshape({-1, kVocab});
      gpt.LossSum(scored, ids.narrow(1, 1, setting.length - 1)).backward();
      for (const auto& [name, tensor] : seen) {
        if (step == 0) {
          first[name] = tensor.detach().clone();
          all["act/" + name] = Rms(tensor.detach()), all["grad/" + name] = Rms(tensor.grad());
        } else if (step == steps) {
          all["delta/" + name] = Rms(tensor.detach() - first[name]);
        }
      }
      for (size_t i = 0; step == 0 && i < specs.size(); ++i) {
        all["weight/" + specs[i].name] = Rms(gpt.parameters()[i].grad());
      }
      optimizer.Step(1);
    }
    return all;
  }

  static Statistics Mean(const Setting& setting, int steps, int seeds = 2) {
    Statistics mean;
    for (int seed = 1; seed <= seeds; ++seed) {
      for (const auto& [name, value] : Run(setting, seed, steps)) mean[name] += value / seeds;
    }
    return mean;
  }
};

// log2 of the statistic against log2 of the width, by least squares.
double Slope(const std::map<int64_t, Statistics>& by_width, const std::string& name) {
  double n = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (const auto& [width, statistics] : by_width) {
    const double u = std::log2(double(width)), v = std::log2(statistics.at(name));
    n += 1, x += u, y += v, xx += u * u, xy += u * v;
  }
  return (n * xy - x * y) / (n * xx - x * x);
}

TEST_F(CoordinateCheck, ScaleAtTheStartDoesNotDependOnWidth) {
  std::map<std::string, std::pair<double, double>> range;  // smallest, largest
  for (const int64_t width : {64, 128, 256, 512}) {
    for (const auto& [name, value] : Mean({.width = width}, 0)) {
      const auto [place, is_new] = range.try_emplace(name, value, value);
      place->second.first = std::min(place->second.first, value);
      place->second.second = std::max(place->second.second, value);
    }
  }
  EXPECT_GT(range.size(), 80u);
  for (const auto& [name, ends] : range) {
    if (name == "act/logits") continue;  // d^-1/2 by design
    const double most = name.rfind("act/", 0) == 0 ? 1.15 : 1.3;
    EXPECT_LE(ends.second / ends.first, most) << name;
  }
  EXPECT_NEAR(range["act/logits"].second / range["act/logits"].first, std::sqrt(8.0), 0.2);
}

TEST_F(CoordinateCheck, UpdatesDoNotDependOnWidth) {
  std::map<int64_t, Statistics> widths;
  for (const int64_t width : {64, 128, 256}) widths[width] = Mean({.width = width}, 4);
  for (const char* name : {"layers.3.attn_out", "layers.3.mlp_out", "final_norm", "logits"}) {
    EXPECT_LE(std::abs(Slope(widths, std::string("delta/") + name)), 0.1) << name;
  }
  EXPECT_NEAR(Slope(widths, "delta/embedding"), -0.5, 0.05);  // its rate is eta / sqrt(d)
}

// The check can fail: one rate for all tensors makes wide models change more.
TEST_F(CoordinateCheck, UnderTheStandardParametrizationUpdatesGrowWithWidth) {
  std::map<int64_t, Statistics> widths;
  for (const int64_t width : {64, 128, 256, 512}) {
    widths[width] = Mean({.width = width,
                          .length = 64,
                          .ffn_ratio = 2,
                          .parametrization = "sp",
                          .rate = std::exp2(-8)},
                         4, 1);
  }
  EXPECT_GT(Slope(widths, "delta/logits"), 0.15);
  EXPECT_GT(Slope(widths, "delta/layers.3.attn_out"), 0.15);
}

TEST_F(CoordinateCheck, UpdatesDoNotDependOnDepth) {
  for (const char* name : {"delta/final_norm", "delta/logits"}) {
    double least = 1e9, most = 0;
    for (const int64_t layers : {2, 4, 8, 16}) {
      const double change = Run({.layers = layers, .length = 64, .ffn_ratio = 2}, 1, 4).at(name);
      least = std::min(least, change), most = std::max(most, change);
    }
    EXPECT_LE(most / least, 1.5) << name;
  }
}

}  // namespace
}  // namespace ff::trainer
