// Weights that leave: what a run and --export write, and that PyTorch computes our logits from it.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/worker/trainer/trainer_process.h"
#include "worker/recipe/model_scales.h"
#include "worker/trainer/gpt.h"
#include "worker/trainer/safetensors.h"

namespace ff::trainer {
namespace {

using protocol::StartOrder;

std::string ReadFile(const std::string& path) { return *checkpoint::ReadFile(path); }

// A Python that can import torch, or "".
std::string PythonWithTorch() {
  std::vector<std::string> candidates = {FF_SOURCE_DIR "/.deps/torch-venv/bin/python"};
  if (const char* named = std::getenv("FF_TORCH_PYTHON"))
    candidates.insert(candidates.begin(), named);
  for (const std::string& python : candidates) {
    if (std::system((python + " -c 'import torch' 2>/dev/null").c_str()) == 0) return python;
  }
  return "";
}

class Export : public TrainerTest, public ::testing::WithParamInterface<const char*> {
 protected:
  StartOrder ModeOrder() const {
    StartOrder order = Order("a", 8);
    const std::string mode = GetParam();
    protocol::Plan& p = order.plan;
    if (mode == "grouped_gains") p.shape.kv_heads = 1, p.shape.norm_gains = true;
    if (mode == "alphas") p.alphas = {0.5, 1.5, 0.7, 1.3, 0.8};
    if (mode == "standard_tied") {
      p.parametrization = "sp", p.shape.tied_head = true, p.shape.norm_gains = true;
      p.learning_rate = 0.01;
    }
    if (mode == "mup_simple") {
      p.parametrization = "mup-simple", p.shape.norm_gains = true, p.learning_rate = 0.02;
    }
    Recount(p);
    order.export_dir = folder_ + "/weights/model";
    return order;
  }

  // Of our own forward pass with the exported weights.
  static at::Tensor Logits(const protocol::Plan& plan, const std::string& folder,
                           const std::vector<int64_t>& ids) {
    const auto specs = recipe::ParameterSpecs(plan);
    const Gpt gpt(plan.shape, recipe::ScalesFor(plan), specs, 99, {});
    at::NoGradGuard no_grad;
    std::vector<FloatTensor> tensors;
    for (size_t i = 0; i < specs.size(); ++i) {
      tensors.push_back({specs[i].name, specs[i].shape, gpt.parameters()[i].data_ptr<float>()});
    }
    EXPECT_TRUE(ReadSafetensors(folder + "/model.safetensors", tensors).ok());
    return gpt.Logits(at::tensor(ids, at::kLong).view({1, -1}));
  }
};

TEST_P(Export, PyTorchComputesTheSameLogits) {
  const std::string python = PythonWithTorch();
  if (python.empty()) GTEST_SKIP() << "no Python with torch; name one in FF_TORCH_PYTHON";
  const StartOrder order = ModeOrder();
  const auto reports = RunAlone(order);
  ASSERT_TRUE(std::holds_alternative<protocol::Finished>(reports.back()));
  std::vector<int64_t> ids;
  std::ostringstream words;
  for (int64_t i = 0; i < 20; ++i) {
    ids.push_back((i * 37 + 11) % 256);
    words << " " << ids.back();
  }
  const std::string out = folder_ + "/logits.json";
  const std::string command = python + " " FF_SOURCE_DIR "/docs/load_weights.py " +
                              order.export_dir + words.str() + " > " + out;
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
  const auto theirs = nlohmann::json::parse(ReadFile(out));
  const at::Tensor ours = Logits(order.plan, order.export_dir, ids);
  ASSERT_EQ(theirs.size(), ids.size());
  double largest = 0;
  for (size_t t = 0; t < ids.size(); ++t) {
    for (int64_t v = 0; v < 256; ++v) {
      largest = std::max(largest, std::abs(ours[t][v].item<double>() - theirs[t][v].get<double>()));
    }
  }
  EXPECT_LT(largest, 1e-4 * std::max(1.0, ours.abs().max().item<double>()));
  EXPECT_GT(ours.std().item<double>(), 1e-3);  // not all alike
}

INSTANTIATE_TEST_SUITE_P(Plans, Export,
                         ::testing::Values("plain", "grouped_gains", "alphas", "standard_tied",
                                           "mup_simple"));

TEST_F(TrainerTest, ACheckpointIsExportedByTheProgram) {
  StartOrder order = Order("a", 8);
  order.export_dir = folder_ + "/at_the_end";
  order.plan.checkpoint_every = 7;
  RunAlone(order);
  const std::string from = order.checkpoint_dir + "/step_000000007", to = folder_ + "/at_seven";
  const std::string program = FF_BINARY_DIR "/bin/ff-trainer";
  ASSERT_EQ(std::system((program + " --export " + from + " " + to + " > /dev/null").c_str()), 0);
  EXPECT_EQ(ReadFile(to + "/config.json"), ReadFile(order.export_dir + "/config.json"));
  EXPECT_EQ(std::filesystem::file_size(to + "/model.safetensors"),
            std::filesystem::file_size(order.export_dir + "/model.safetensors"));
  EXPECT_NE(ReadFile(to + "/model.safetensors"), ReadFile(order.export_dir + "/model.safetensors"));
  EXPECT_NE(std::system((program + " --export " + folder_ + " " + to + "2 2>/dev/null").c_str()),
            0);
  EXPECT_FALSE(std::filesystem::exists(to + "2"));
}

}  // namespace
}  // namespace ff::trainer
