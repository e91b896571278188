#include "client/analysis/optimal_model.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "client/errors.h"
#include "client/print/json.h"
#include "client/print/numbers.h"
#include "ff/v1/sweep.pb.h"
#include "nlohmann/json.hpp"
#include "server/convert/plan.h"
#include "server/convert/sweep_spec.h"
#include "server/scaling/isoflop_plan.h"

namespace ff::client {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kTokensOfAnyText = int64_t{1} << 60;

// One cell: the target's budget, its size fixed by bounds just round the law's. What a real
// sweep has to respect (data there is, memory, token bounds) is no matter of the law.
absl::StatusOr<SweepSpec> SpecOf(const v1::FlopsFitConfig& config, const v1::Prediction& p) {
  v1::SweepSpec proto;
  *proto.mutable_planner() = config.planner();
  *proto.mutable_trainer() = config.trainer();
  proto.mutable_dataset()->set_format(config.trainer().dataset().format());
  absl::StatusOr<SweepSpec> spec = convert::FromProto(proto);
  if (!spec.ok()) return spec.status();
  spec->compute.min_flops = spec->compute.max_flops = p.target_compute();
  spec->compute.num_budgets = spec->compute.num_model_sizes = 1;
  spec->compute.extra_cells.clear();
  spec->prior = {};
  spec->grid.grid = "centred";
  spec->grid.step = 0;
  spec->grid.tokens_per_param = p.target_compute() / (6 * p.optimal_params() * p.optimal_params());
  spec->grid.min_size = p.optimal_params() / 2;
  spec->grid.max_size = p.optimal_params() * 2;
  // Which text it will be is not settled by a law; the planner asks for some.
  if (spec->dataset.path.empty()) spec->dataset.path = "not chosen";
  spec->dataset.tokens = std::max<int64_t>(spec->dataset.tokens, kTokensOfAnyText);
  spec->tokens.allow_repeat = true;
  spec->tokens.min_tokens_per_param = 0;
  spec->tokens.max_tokens_per_param = 1e12;
  spec->tokens.min_steps = 1;
  spec->tokens.max_steps = 0;
  spec->device_memory_bytes = 0;
  return spec;
}

}  // namespace

absl::StatusOr<std::string> OptimalModelJson(const v1::FlopsFitConfig& config,
                                             const v1::Prediction& prediction) {
  const absl::StatusOr<SweepSpec> spec = SpecOf(config, prediction);
  if (!spec.ok()) return spec.status();
  const absl::StatusOr<scaling::IsoflopPlan> planned = scaling::PlanIsoflopSweep(*spec);
  if (!planned.ok()) {
    return WithNext(
        absl::Status(planned.status().code(),
                     absl::StrCat("no architecture of ", HumanCount(prediction.optimal_params()),
                                  " parameters: ", planned.status().message())),
        "widen planner.architecture (max_layers, head_options, size_tolerance) by --preset or "
        "--config");
  }
  Plan plan = planned->experiments[0].plan;
  plan.data_path = config.trainer().dataset().path();
  plan.data_tokens = 0;
  const Json object = {{"flops_c", prediction.target_compute()},
                       {"predicted",
                        {{"params_n", prediction.optimal_params()},
                         {"tokens_d", prediction.optimal_tokens()},
                         {"loss", prediction.expected_loss()},
                         {"extrapolation", prediction.extrapolation()}}},
                       {"parameters", plan.parameters},
                       {"tokens", plan.tokens},
                       {"d_model", plan.shape.d_model},
                       {"layers", plan.shape.layers},
                       {"heads", plan.shape.heads},
                       {"d_ff", plan.shape.d_ff},
                       {"seq_len", plan.shape.seq_len},
                       {"vocab_size", plan.shape.vocab_size},
                       {"batch_size", plan.batch_size},
                       {"steps", plan.steps},
                       {"learning_rate", plan.learning_rate},
                       {"plan", Json::parse(ToJson(convert::ToProto(plan)))}};
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ff::client
