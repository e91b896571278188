#include "server/domain/model_shape.h"

namespace ff {

int64_t NonEmbeddingParameters(const ModelShape& s) {
  const int64_t kv_width = s.kv_heads * s.HeadDim();
  const int64_t attention = 2 * s.d_model * s.d_model + 2 * s.d_model * kv_width;
  const int64_t feed_forward = 3 * s.d_model * s.d_ff;
  const int64_t norms = s.norm_gains ? 2 * s.d_model : 0;
  const int64_t final_norm = s.norm_gains ? s.d_model : 0;
  return s.layers * (attention + feed_forward + norms) + final_norm;
}

int64_t TotalParameters(const ModelShape& s) {
  const int64_t tables = s.tied_head ? 1 : 2;
  return NonEmbeddingParameters(s) + tables * s.vocab_size * s.d_model;
}

}  // namespace ff
