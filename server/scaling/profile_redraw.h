// One budget's profile drawn anew: every redraw keeps the sizes, adds residuals to a smooth
// curve through the losses, and finds the optimum again by the method asked for. See
// bootstrap.h for what the methods draw. An object belongs to one thread.
#pragma once

#include <memory>
#include <random>
#include <string>

#include "server/scaling/isoflop_profile.h"

namespace ff::scaling {

struct DrawnOptimum {
  double size = 0, tokens = 0, loss = 0;
};

class ProfileRedraw {
 public:
  virtual ~ProfileRedraw() = default;
  // false: this draw has no optimum inside the sizes measured.
  virtual bool Draw(std::mt19937_64* random, DrawnOptimum* optimum) = 0;
};

// `profile` has an optimum by `method` (quadratic, akima, cubic or empirical).
std::unique_ptr<ProfileRedraw> MakeRedraw(const Profile& profile, const std::string& method);

}  // namespace ff::scaling
