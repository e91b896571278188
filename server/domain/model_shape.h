// The shape of a decoder-only transformer and the exact number of its parameters.
// Counts are computed here and nowhere else on the server; the trainer builds the
// model, counts its tensors and refuses a plan whose count differs.
#pragma once

#include <cstdint>

namespace ff {

struct ModelShape {
  int64_t layers = 0;
  int64_t d_model = 0;
  int64_t heads = 0;
  int64_t kv_heads = 0;  // == heads unless grouped-query attention
  int64_t d_ff = 0;
  int64_t vocab_size = 0;
  int64_t seq_len = 0;
  bool tied_head = false;
  bool norm_gains = false;

  int64_t HeadDim() const { return d_model / heads; }
  bool operator==(const ModelShape&) const = default;
};

// Per block: q and o are d x d, k and v are d x (kv_heads * head_dim), SwiGLU has three
// d x d_ff matrices; with gains two norms of d. Outside: one final norm of d.
int64_t NonEmbeddingParameters(const ModelShape& shape);

// The above, plus the embedding (V d) and, unless tied, the head (V d).
int64_t TotalParameters(const ModelShape& shape);

}  // namespace ff
