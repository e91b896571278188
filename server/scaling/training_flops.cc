#include "server/scaling/training_flops.h"

#include <algorithm>

namespace ff::scaling {
namespace {

// Forward once, backward twice.
constexpr double kPasses = 3;

struct Sizes {
  explicit Sizes(const ModelShape& s)
      : layers(static_cast<double>(s.layers)),
        d(static_cast<double>(s.d_model)),
        kv(static_cast<double>(s.kv_heads * s.HeadDim())),
        heads(static_cast<double>(s.heads)),
        seq_len(static_cast<double>(s.seq_len)),
        d_ff(static_cast<double>(s.d_ff)),
        vocab(static_cast<double>(s.vocab_size)) {}
  double layers, d, kv, heads, seq_len, d_ff, vocab;
};

}  // namespace

double ForwardFlops::MatrixProducts() const {
  return qkv + attention_scores + attention_values + out_projection + feed_forward + head;
}

double ForwardFlops::All() const {
  return MatrixProducts() + embedding + norms + rotary + softmax + activation + residual;
}

ForwardFlops ForwardFlopsPerToken(const ModelShape& shape) {
  const Sizes s(shape);
  ForwardFlops flops;
  flops.qkv = s.layers * 2 * s.d * (s.d + 2 * s.kv);
  flops.attention_scores = s.layers * 2 * s.d * s.seq_len;
  flops.attention_values = s.layers * 2 * s.d * s.seq_len;
  flops.out_projection = s.layers * 2 * s.d * s.d;
  flops.feed_forward = s.layers * 6 * s.d * s.d_ff;
  flops.head = 2 * s.d * s.vocab;
  flops.norms = (2 * s.layers + 1) * (shape.norm_gains ? 4 : 3) * s.d;
  flops.rotary = s.layers * 3 * (s.d + s.kv);
  flops.softmax = s.layers * 3 * s.heads * s.seq_len + 3 * s.vocab;
  flops.activation = s.layers * 5 * s.d_ff;
  flops.residual = s.layers * 2 * s.d;
  return flops;
}

const std::vector<std::string>& FlopCounts() {
  static const auto* const kCounts = new std::vector<std::string>{
      "six_nd", "six_nd_non_embedding", "exact", "exact_all", "chinchilla"};
  return *kCounts;
}

bool IsFlopCount(const std::string& word) {
  return std::count(FlopCounts().begin(), FlopCounts().end(), word) > 0;
}

double FlopsPerToken(const std::string& flop_count, const ModelShape& shape) {
  if (flop_count == "exact") return TrainingFlopsPerToken(shape);
  if (flop_count == "exact_all") {
    return kPasses * ForwardFlopsPerToken(shape).All() + static_cast<double>(shape.d_model);
  }
  if (flop_count == "chinchilla") {
    const ChinchillaForward forward = ChinchillaForwardPerToken(shape);
    return kPasses * (forward.embedding + forward.layers + forward.head);
  }
  if (flop_count == "six_nd_non_embedding") {
    return SixNd(static_cast<double>(NonEmbeddingParameters(shape)), 1);
  }
  return SixNd(static_cast<double>(TotalParameters(shape)), 1);
}

double TrainingFlopsPerToken(const ModelShape& shape) {
  return kPasses * ForwardFlopsPerToken(shape).MatrixProducts();
}

double SixNd(double parameters, double tokens) { return 6 * parameters * tokens; }

std::vector<FlopTerm> TrainingFlopTerms(const ModelShape& shape) {
  const ForwardFlops f = ForwardFlopsPerToken(shape);
  std::vector<FlopTerm> terms = {
      {"embedding", f.embedding, static_cast<double>(shape.d_model), false},
      {"qkv", f.qkv, 0, true},
      {"attention_scores", f.attention_scores, 0, true},
      {"attention_values", f.attention_values, 0, true},
      {"out_projection", f.out_projection, 0, true},
      {"feed_forward", f.feed_forward, 0, true},
      {"head", f.head, 0, true},
      {"norms", f.norms, 0, false},
      {"rotary", f.rotary, 0, false},
      {"softmax", f.softmax, 0, false},
      {"activation", f.activation, 0, false},
      {"residual", f.residual, 0, false}};
  for (FlopTerm& term : terms) term.training += kPasses * term.forward;
  return terms;
}

ChinchillaForward ChinchillaForwardPerToken(const ModelShape& shape, int feed_forward_matrices) {
  const Sizes s(shape);
  const double attention =
      2 * s.d * (s.d + 2 * s.kv) + 4 * s.d * s.seq_len + 3 * s.heads * s.seq_len + 2 * s.d * s.d;
  const double dense = 2.0 * feed_forward_matrices * s.d * s.d_ff;
  return {2 * s.vocab * s.d, s.layers * (attention + dense), 2 * s.d * s.vocab};
}

}  // namespace ff::scaling
