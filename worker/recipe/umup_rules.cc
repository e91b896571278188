#include "worker/recipe/umup_rules.h"

#include <cmath>

namespace ff::recipe {
namespace {

double Interpolate(double t, double at_zero, double at_one) {
  return std::exp((1 - t) * std::log(at_zero) + t * std::log(at_one));
}

double GradInput(Constraint constraint, double output, double unconstrained) {
  switch (constraint) {
    case Constraint::kToOutputScale:
      return output;
    case Constraint::kGeometricMean:
      return std::sqrt(output * unconstrained);
    case Constraint::kNone:
      break;
  }
  return unconstrained;
}

LinearScales WithOutput(double output, int64_t fan_out, int64_t tokens, Constraint constraint) {
  const double grad_input = GradInput(constraint, output, 1 / std::sqrt(double(fan_out)));
  const bool mean = constraint == Constraint::kGeometricMean;
  return {mean ? grad_input : output, grad_input, 1 / std::sqrt(double(tokens))};
}

}  // namespace

LinearScales HiddenLinear(int64_t fan_in, int64_t fan_out, int64_t tokens, Constraint constraint) {
  return WithOutput(1 / std::sqrt(double(fan_in)), fan_out, tokens, constraint);
}

LinearScales ReadoutLinear(int64_t fan_in, int64_t fan_out, int64_t tokens, Constraint constraint) {
  return WithOutput(1 / double(fan_in), fan_out, tokens, constraint);
}

double EmbeddingGradScale(int64_t vocab_size, int64_t tokens) {
  return std::sqrt(double(vocab_size) / double(tokens));
}

double NormGainGradScale(int64_t tokens) { return 1 / std::sqrt(double(tokens)); }

double GatedSiluScale(double alpha) {
  const double squared = alpha * alpha;
  return Interpolate(squared / (squared + 1), 2, std::sqrt(2.0));
}

double SiluScale(double alpha) {
  const double squared = alpha * alpha;
  return Interpolate(squared / (squared + 0.25), 2, std::sqrt(2 / (1 - 1 / M_PI)));
}

double SiluGradScale(double alpha) { return GatedSiluScale(alpha); }

double AttentionScale(int64_t seq_len, int64_t head_dim, double alpha, bool causal) {
  const double length = double(seq_len);
  const double flat = std::sqrt((causal ? std::log(length) : 1) / length);
  const double squared = alpha * alpha;
  return 1 / Interpolate(squared / (squared + 4 * double(head_dim)), flat, 1);
}

double CrossEntropyGradScale(int64_t vocab_size) {
  return double(vocab_size) / std::sqrt(double(vocab_size) - 1);
}

std::vector<double> ResidualTaus(int64_t layers, double alpha_res, double alpha_res_attn_ratio) {
  const double feed_forward =
      alpha_res * std::sqrt(2 / (1 + alpha_res_attn_ratio * alpha_res_attn_ratio));
  const double attention = alpha_res_attn_ratio * feed_forward;
  std::vector<double> taus;
  double variance = double(layers);
  for (int64_t branch = 0; branch < 2 * layers; ++branch) {
    const double amplitude = branch % 2 == 0 ? attention : feed_forward;
    taus.push_back(amplitude / std::sqrt(variance));
    variance += amplitude * amplitude;
  }
  return taus;
}

ResidualScales ResidualScalesOf(double tau) {
  const double norm = std::sqrt(1 + tau * tau);
  return {tau / norm, 1 / norm};
}

double WidthLearningRateFactor(int64_t width) { return 1 / std::sqrt(double(width)); }

double DepthLearningRateFactor(int64_t layers) { return 1 / std::sqrt(double(layers)); }

}  // namespace ff::recipe
