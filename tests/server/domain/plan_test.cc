// What an experiment's id depends on, and what not.
#include "server/domain/plan.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace ff {
namespace {

Plan Example() {
  Plan plan;
  plan.mode = "umup_gpt";
  plan.shape = {.layers = 2,
                .d_model = 16,
                .heads = 2,
                .kv_heads = 2,
                .d_ff = 64,
                .vocab_size = 256,
                .seq_len = 32};
  plan.batch_size = 4;
  plan.steps = 100;
  plan.learning_rate = 0.5;
  plan.scheduler = "cosine";
  plan.parametrization = "u-mup";
  plan.dtype = "float32";
  plan.seed = 7;
  plan.data_path = "/data/a.txt";
  plan.data_fingerprint = "abc";
  return plan;
}

TEST(ExperimentId, IsSixteenHexDigits) {
  const std::string id = ExperimentId(Example());
  EXPECT_EQ(id.size(), 16u);
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST(ExperimentId, IsTheSameForTheSameContent) {
  EXPECT_EQ(ExperimentId(Example()), ExperimentId(Example()));
}

TEST(ExperimentId, ChangesWithEveryFieldThatDecidesTheRun) {
  const std::vector<std::function<void(Plan&)>> changes = {
      [](Plan& p) { p.mode = "synthetic"; },
      [](Plan& p) { p.shape.layers = 3; },
      [](Plan& p) { p.shape.d_ff = 48; },
      [](Plan& p) { p.shape.heads = p.shape.kv_heads = 1; },
      [](Plan& p) { p.shape.vocab_size = 257; },
      [](Plan& p) { p.shape.seq_len = 33; },
      [](Plan& p) { p.shape.tied_head = true; },
      [](Plan& p) { p.shape.norm_gains = true; },
      [](Plan& p) { p.batch_size = 8; },
      [](Plan& p) { p.accumulation_steps = 2; },
      [](Plan& p) { p.steps = 101; },
      [](Plan& p) { p.parametrization = "sp"; },
      [](Plan& p) { p.alphas.attn = 2; },
      [](Plan& p) { p.alphas.loss = 2; },
      [](Plan& p) { p.learning_rate = 0.25; },
      [](Plan& p) { p.scheduler = "linear"; },
      [](Plan& p) { p.warmup_steps = 3; },
      [](Plan& p) { p.min_lr_ratio = 0.1; },
      [](Plan& p) { p.weight_decay = 0.1; },
      [](Plan& p) { p.max_grad_norm = 1; },
      [](Plan& p) { p.adam_beta1 = 0.8; },
      [](Plan& p) { p.adam_eps = 1e-9; },
      [](Plan& p) { p.seed = 8; },
      [](Plan& p) { p.dtype = "bfloat16"; },
      [](Plan& p) { p.eval_tokens = 64; },
      [](Plan& p) { p.data_format = "uint16"; },
      [](Plan& p) { p.data_fingerprint = "abd"; },
      [](Plan& p) { p.val_fraction = 0.1; },
      [](Plan& p) { p.dropout = 0.1; },
      [](Plan& p) { p.decay_steps = 9; },
      [](Plan& p) { p.parametrization = "mup-simple"; },
      [](Plan& p) { p.parametrization = "mup-simple", p.mup_simple.base_width = 64; },
      [](Plan& p) { p.parametrization = "mup-simple", p.mup_simple.readout_lr_scaling = true; },
      [](Plan& p) { p.parametrization = "sp", p.sp_init = "fan_in"; },
  };
  std::set<std::string> ids = {ExperimentId(Example())};
  for (const auto& change : changes) {
    Plan plan = Example();
    change(plan);
    ids.insert(ExperimentId(plan));
  }
  EXPECT_EQ(ids.size(), changes.size() + 1);
}

TEST(ExperimentId, IgnoresWhereAndHowItRuns) {
  Plan plan = Example();
  plan.data_path = "/elsewhere/b.txt";
  plan.device = "cuda";
  plan.num_threads = 12;
  plan.log_every = 5;
  plan.eval_every = 6;
  plan.checkpoint_every = 7;
  plan.estimated_memory_bytes = 1e9;
  plan.flops = 1e15;
  plan.checkpoint_minutes = 3, plan.max_loss = 9, plan.keep_weights = true;
  plan.trunk = "t", plan.branch_steps = {1};
  plan.mup_simple.base_std = 3, plan.sp_init = "fan_in";  // of other parametrizations
  EXPECT_EQ(ExperimentId(plan), ExperimentId(Example()));
}

TEST(TrunkId, IsOfWhatComesBeforeTheDecay) {
  Plan plan = Example();
  EXPECT_EQ(TrunkId(plan), "");
  plan.scheduler = "wsd", plan.decay_steps = 20;
  Plan longer = plan, other = plan;
  longer.steps = 500, longer.decay_steps = 100, longer.min_lr_ratio = 0.1, longer.eval_tokens = 7;
  EXPECT_EQ(TrunkId(plan), TrunkId(longer));
  EXPECT_NE(ExperimentId(plan), ExperimentId(longer));
  EXPECT_NE(TrunkId(plan), ExperimentId(plan));
  other.warmup_steps = 4;
  EXPECT_NE(TrunkId(plan), TrunkId(other));
}

TEST(ExperimentId, SyntheticLawCountsOnlyInSyntheticMode) {
  Plan real = Example();
  real.synthetic.alpha = 0.3;
  EXPECT_EQ(ExperimentId(real), ExperimentId(Example()));
  Plan synthetic = Example(), other = Example();
  synthetic.mode = other.mode = "synthetic";
  other.synthetic.alpha = 0.3;
  EXPECT_NE(ExperimentId(synthetic), ExperimentId(other));
  synthetic.synthetic.seconds_per_step = 3;  // how long it pretends decides no number
  other.synthetic.alpha = 0;
  EXPECT_EQ(ExperimentId(synthetic), ExperimentId(other));
}

}  // namespace
}  // namespace ff
