// The estimate against peaks that the trainer's benchmark measured (tests/bench/results/): the
// sizes that ours is compared with in other programs, on a GPU.
#include "server/scaling/memory_estimate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>

#include "tests/bench/model_sizes.h"

namespace ff::scaling {
namespace {

using bench::ModelSize;
using bench::ModelSizes;

Plan PlanOf(const ModelSize& size, const std::string& dtype) {
  Plan plan;
  plan.parametrization = "u-mup", plan.dtype = dtype;
  plan.shape = {.layers = size.layers,
                .d_model = size.d_model,
                .heads = size.d_model / size.head_dim,
                .kv_heads = size.d_model / size.head_dim,
                .d_ff = size.d_ff,
                .vocab_size = size.vocab,
                .seq_len = size.seq};
  plan.parameters = TotalParameters(plan.shape);
  plan.batch_size = size.batch;
  return plan;
}

std::string Field(const std::string& line, const std::string& name) {
  std::smatch found;
  const std::regex field("\"" + name + "\": \"?([^,\"}]+)");
  return std::regex_search(line, found, field) ? found[1].str() : "";
}

TEST(MemoryEstimate, WithinFifteenPercentOfEveryMeasuredPeak) {
  int compared = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(FF_SOURCE_DIR "/tests/bench/results")) {
    if (file.path().string().find("-ours") == std::string::npos) continue;
    std::ifstream lines(file.path());
    for (std::string line; std::getline(lines, line);) {
      const auto size = ModelSizes().find(Field(line, "size"));
      const std::string dtype = Field(line, "dtype");
      if (size == ModelSizes().end() || Field(line, "device").rfind("cuda", 0) != 0) continue;
      if (dtype.empty()) continue;
      SCOPED_TRACE(file.path().filename().string() + ": " + line);
      const double sessions = std::stod(Field(line, "concurrent"));
      const double measured = std::stod(Field(line, "mem_gb")) * double(1 << 30) / sessions;
      const double estimated = EstimateTrainingMemory(PlanOf(size->second, dtype), "cuda");
      // Of very small models the file keeps two digits alone.
      const double rounding = 0.005 * double(1 << 30) / sessions;
      EXPECT_NEAR(estimated, measured, 0.15 * measured + rounding);
      ++compared;
    }
  }
  EXPECT_GE(compared, 6);
}

// What the estimate assumes of the kernels, as the kernels have it.
TEST(MemoryEstimate, KnowsTheKernelsBounds) {
  std::stringstream kernels;
  kernels << std::ifstream(FF_SOURCE_DIR "/worker/kernels/kernels.h").rdbuf();
  EXPECT_NE(kernels.str().find("kFfMaxNormWidth = 8192, kFfMaxVocabulary = 131072"),
            std::string::npos);
  Plan plan = PlanOf(ModelSizes().at("1m"), "bfloat16");
  EXPECT_TRUE(WrittenOut(plan, "cuda"));
  const auto serves = [&](auto&& change) {
    Plan changed = plan;
    change(changed);
    return WrittenOut(changed, "cuda");
  };
  EXPECT_FALSE(serves([](Plan& p) { p.shape.d_ff = 516; }));
  EXPECT_FALSE(serves([](Plan& p) { p.shape.vocab_size = 131073; }));
  EXPECT_TRUE(serves([](Plan& p) { p.shape.vocab_size = 131072; }));
  EXPECT_FALSE(serves([](Plan& p) { p.dropout = 0.1; }));
  EXPECT_TRUE(serves([](Plan& p) { p.parametrization = "mup-simple"; }));
  EXPECT_TRUE(serves([](Plan& p) { p.shape.kv_heads = 2; }));
  EXPECT_FALSE(serves([](Plan& p) { p.shape.kv_heads = 2, p.dtype = "float32"; }));
  EXPECT_TRUE(WrittenOut(plan, "cpu"));
  plan.dtype = "fp8";
  EXPECT_FALSE(WrittenOut(plan, "cpu"));
}

TEST(MemoryEstimate, MicroBatchesSaveActivationsAndCostGradients) {
  Plan plan = PlanOf(ModelSizes().at("124m"), "bfloat16");
  const double whole = EstimateTrainingMemory(plan, "cuda");
  plan.accumulation_steps = 4;
  const double parts = EstimateTrainingMemory(plan, "cuda");
  EXPECT_LT(parts, 0.6 * whole);
  EXPECT_GT(parts, 18.0 * static_cast<double>(plan.parameters));
}

TEST(MemoryEstimate, UnknownDevicesGetTheLarger) {
  const Plan plan = PlanOf(ModelSizes().at("10m"), "float32");
  EXPECT_DOUBLE_EQ(EstimateTrainingMemory(plan, ""), std::max(EstimateTrainingMemory(plan, "cuda"),
                                                              EstimateTrainingMemory(plan, "cpu")));
}

}  // namespace
}  // namespace ff::scaling
