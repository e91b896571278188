#include "worker/synthetic/stand_in_law.h"

#include <cmath>
#include <numbers>
#include <string>

#include "worker/protocol/messages.h"

namespace ff::synthetic {
namespace {

// FNV-1a, 64 bits.
uint64_t Hash(const std::string& text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const unsigned char byte : text) hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

// SplitMix64: one step of its state, and a number in (0, 1) from its output.
double Uniform(uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  z ^= z >> 31;
  return (static_cast<double>(z >> 11) + 0.5) / 9007199254740992.0;
}

}  // namespace

double Noise(const protocol::Plan& plan) {
  protocol::Plan content = plan;
  content.log_every = content.eval_every = content.checkpoint_every = 0;
  content.accumulation_steps = 1;
  content.synthetic.seconds_per_step = 0;
  uint64_t state = Hash(protocol::ToJson(content));
  const double radius = std::sqrt(-2 * std::log(Uniform(state)));  // Box-Muller
  return radius * std::cos(2 * std::numbers::pi * Uniform(state));
}

double LossAt(const protocol::Plan& plan, int64_t step) {
  const protocol::SyntheticLaw& law = plan.synthetic;
  const double parameters = static_cast<double>(plan.parameters);
  const double tokens = static_cast<double>(plan.tokens) * static_cast<double>(step) /
                        static_cast<double>(plan.steps);
  const double loss =
      law.e + law.a / std::pow(parameters, law.alpha) + law.b / std::pow(tokens, law.beta);
  return law.noise_sd == 0 ? loss : loss + law.noise_sd * Noise(plan);
}

}  // namespace ff::synthetic
