#include "server/scaling/memory_estimate.h"

namespace ff::scaling {

double EstimateTrainingMemory(const Plan& plan) {
  const ModelShape& shape = plan.shape;
  const int64_t sequences =
      (plan.batch_size + plan.accumulation_steps - 1) / plan.accumulation_steps;
  const double tokens = static_cast<double>(sequences * shape.seq_len);
  const double per_token =
      static_cast<double>(12 * shape.d_model + 4 * shape.d_ff + 2 * shape.heads * shape.seq_len);
  const double activation_bytes = plan.dtype == "float32" ? 4 : 2;
  return 16.0 * static_cast<double>(plan.parameters) +
         activation_bytes * tokens * static_cast<double>(shape.layers) * per_token +
         8.0 * tokens * static_cast<double>(shape.vocab_size);
}

}  // namespace ff::scaling
