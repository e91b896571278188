// A curve through one budget's ln L over ln N, and its lowest point: Akima's piecewise cubic
// (Akima 1970), which a single wild run disturbs in its neighbourhood only, or the natural cubic
// spline. Neither assumes a parabola, so wide sweeps are safe (a parabola over a wide range is
// off by up to 0.07 in the exponent on Porian et al.'s runs); neither averages noise away, so
// with few noisy sizes the parabola is better. Pure; thread-safe.
#pragma once

#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "server/scaling/isoflop_profile.h"

namespace ff::scaling {

enum class Smooth { kAkima, kCubic };

// Piecewise cubic with continuous slope.
class SmoothCurve {
 public:
  // `x` ascending and different, three or more.
  SmoothCurve(std::vector<double> x, std::vector<double> y, Smooth kind);

  double At(double x) const;
  // Where the curve is lowest between the first and the last knot, ends included.
  double Lowest() const;
  double first() const { return x_.front(); }
  double last() const { return x_.back(); }

 private:
  // c[k] (x - x[i])^k of piece i.
  struct Piece {
    double c0, c1, c2, c3;
  };
  std::vector<double> x_;
  std::vector<Piece> pieces_;
};

// The curve's lowest point; runs of one size count by their geometric mean. Refused: fewer than
// four sizes, the lowest point at the smallest or largest size. Tokens come from the same kind of
// curve through ln D.
OptimumOrReason SmoothOptimum(const Profile& profile, Smooth kind);

// The curve itself, ln L over ln N, as figures draw it; nullopt: fewer than three sizes.
std::optional<SmoothCurve> SmoothThrough(absl::Span<const RunPoint> ascending, Smooth kind);

// The lowest point of a curve through some of a profile's runs (indices, repeats allowed);
// nullopt where there are fewer than three sizes or it lies at an end.
struct SmoothPoint {
  double size = 0, tokens = 0, loss = 0;
};
std::optional<SmoothPoint> SmoothLowest(absl::Span<const RunPoint> ascending, Smooth kind);

}  // namespace ff::scaling
