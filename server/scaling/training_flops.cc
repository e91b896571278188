#include "server/scaling/training_flops.h"

namespace ff::scaling {

double ForwardFlops::Total() const {
  return qkv + attention_scores + attention_values + out_projection + feed_forward + head;
}

ForwardFlops ForwardFlopsPerToken(const ModelShape& shape) {
  const double layers = static_cast<double>(shape.layers);
  const double d = static_cast<double>(shape.d_model);
  const double kv_width = static_cast<double>(shape.kv_heads * shape.HeadDim());
  const double seq_len = static_cast<double>(shape.seq_len);
  const double d_ff = static_cast<double>(shape.d_ff);
  const double vocab = static_cast<double>(shape.vocab_size);
  ForwardFlops flops;
  flops.qkv = layers * 2 * d * (d + 2 * kv_width);
  flops.attention_scores = layers * 2 * d * seq_len;
  flops.attention_values = layers * 2 * d * seq_len;
  flops.out_projection = layers * 2 * d * d;
  flops.feed_forward = layers * 6 * d * d_ff;
  flops.head = 2 * d * vocab;
  return flops;
}

double TrainingFlopsPerToken(const ModelShape& shape) {
  return 3 * ForwardFlopsPerToken(shape).Total();
}

double SixNd(double parameters, double tokens) { return 6 * parameters * tokens; }

}  // namespace ff::scaling
