// Norms, rotary positions and gates against the formulas in float64.
#include "tests/worker/kernels/device_array.h"

namespace ff::kernels {
namespace {

class Elementwise : public KernelTest {};

struct NormCase {
  int64_t rows, width;
};
const NormCase kNormCases[] = {{7, 64},   {33, 8},   {5, 320}, {9, 768},
                               {3, 1024}, {4, 2048}, {2, 8192}};

// The reference of both directions: x' = a b + s x; n = x' / root; y = n g.
struct Norm {
  Doubles x, n, y, inverse;
};
Norm ForwardReference(const Doubles& branch, const Doubles& x, const Doubles& gain, double a,
                      double s, int64_t rows, int64_t width, FfType type) {
  Norm r{x, x, x, Doubles(rows)};
  for (int64_t row = 0; row < rows; ++row) {
    double squares = 0;
    for (int64_t i = row * width; i < (row + 1) * width; ++i) {
      r.x[i] = Rounded(a * branch[i] + s * x[i], type);
      squares += r.x[i] * r.x[i];
    }
    r.inverse[row] = 1 / std::sqrt(squares / width + 1e-5);
    for (int64_t i = row * width; i < (row + 1) * width; ++i) {
      r.n[i] = r.x[i] * r.inverse[row];
      r.y[i] = r.n[i] * gain[i % width];
    }
  }
  return r;
}

TEST_P(Elementwise, ResidualAddAndNorm) {
  for (const auto& [rows, width] : kNormCases) {
    SCOPED_TRACE(width);
    const size_t n = rows * width;
    DeviceArray branch(type(), Random(n, 1)), x(type(), Random(n, 2)),
        gain(kFfFloat32, Random(width, 3));
    auto normed = DeviceArray::Output(type(), n), scaled = DeviceArray::Output(type(), n);
    auto inverse = DeviceArray::Output(kFfFloat32, rows);
    FfNormForward args{
        branch.data(), x.data(),         0.6f, 0.8f, 1e-5f, gain.floats(), normed.data(),
        scaled.data(), inverse.floats(), rows, width};
    ASSERT_EQ(FfResidualRmsNormForward(nullptr, type(), args), 0);
    const Norm want = ForwardReference(branch.values(), x.values(), gain.values(), 0.6f, 0.8f, rows,
                                       width, type());
    ExpectNear(x.Read(), want.x, tolerance());
    ExpectNear(normed.Read(), want.n, tolerance());
    ExpectNear(scaled.Read(), want.y, tolerance());
    ExpectNear(inverse.Read(), want.inverse, 1e-3);
  }
}

TEST_P(Elementwise, NormWithoutBranchLeavesTheStream) {
  DeviceArray x(type(), Random(6 * 128, 2));
  auto normed = DeviceArray::Output(type(), 6 * 128), inverse = DeviceArray::Output(kFfFloat32, 6);
  FfNormForward args{nullptr, x.data(),         1, 1,  1e-5f, nullptr, normed.data(),
                     nullptr, inverse.floats(), 6, 128};
  ASSERT_EQ(FfResidualRmsNormForward(nullptr, type(), args), 0);
  EXPECT_EQ(x.Read(), x.values());
  const Doubles none(6 * 128, 0), ones(128, 1);
  ExpectNear(normed.Read(), ForwardReference(none, x.values(), ones, 0, 1, 6, 128, type()).n,
             tolerance());
}

TEST_P(Elementwise, NormBackward) {
  for (const auto& [rows, width] : kNormCases) {
    for (const bool first : {false, true}) {
      SCOPED_TRACE(width);
      const size_t n = rows * width;
      DeviceArray grad(type(), Random(n, 1)), normed(type(), Random(n, 2));
      DeviceArray gain(kFfFloat32, Random(width, 3)), inverse(kFfFloat32, Random(rows, 4));
      DeviceArray out(type(), first ? Doubles(n, std::nan("")) : Random(n, 5));
      FfNormBackward args{grad.data(), normed.data(), inverse.floats(), gain.floats(), 0.6f,
                          0.8f,        first,         out.data(),       rows,          width};
      ASSERT_EQ(FfResidualRmsNormBackward(nullptr, type(), args), 0);
      Doubles want(n);
      for (int64_t row = 0; row < rows; ++row) {
        double along = 0;
        for (int64_t i = row * width; i < (row + 1) * width; ++i) {
          along += grad.values()[i] * gain.values()[i % width] * normed.values()[i] / width;
        }
        for (int64_t i = row * width; i < (row + 1) * width; ++i) {
          const double h = grad.values()[i] * gain.values()[i % width];
          want[i] = (first ? 0 : double(0.8f) * out.values()[i]) +
                    double(0.6f) * inverse.values()[row] * (h - normed.values()[i] * along);
        }
      }
      ExpectNear(out.Read(), want, tolerance());
    }
  }
}

TEST_P(Elementwise, GainGradient) {
  const int64_t rows = 1000, width = 72;
  DeviceArray grad(type(), Random(rows * width, 1)), normed(type(), Random(rows * width, 2));
  DeviceArray out(kFfFloat32, Random(width, 3));
  auto partial = DeviceArray::Output(kFfFloat32, kFfGainParts * width);
  FfGainBackward args{grad.data(), normed.data(), 0.5f, 2,    partial.floats(),
                      kFfFloat32,  out.data(),    rows, width};
  ASSERT_EQ(FfNormGainBackward(nullptr, type(), args), 0);
  Doubles want(width);
  for (int64_t i = 0; i < width; ++i) want[i] = 2 * out.values()[i];
  for (int64_t i = 0; i < rows * width; ++i)
    want[i % width] += 0.5 * grad.values()[i] * normed.values()[i];
  ExpectNear(out.Read(), want, 1e-5);
}

// Angle tables of a rotation, and the rotation in float64.
struct Angles {
  explicit Angles(int64_t positions, int64_t half) {
    for (double angle : Random(positions * half, 9)) {
      cosine.push_back(std::cos(angle)), sine.push_back(std::sin(angle));
    }
  }
  Doubles cosine, sine;
};
void Turn(Doubles& x, int64_t at, int64_t table, const Angles& angles, int64_t half, double sign) {
  for (int64_t j = 0; j < half; ++j) {
    const double c = Rounded(angles.cosine[table + j], kFfFloat32),
                 s = sign * Rounded(angles.sine[table + j], kFfFloat32);
    const double low = x[at + j], high = x[at + half + j];
    x[at + j] = low * c - high * s, x[at + half + j] = high * c + low * s;
  }
}

TEST_P(Elementwise, Rotary) {
  for (const int64_t head_dim : {2, 8, 32, 64, 128}) {
    SCOPED_TRACE(head_dim);
    const int64_t batch = 2, positions = 5, heads = 3, kv = 1, all = heads + 2 * kv,
                  half = head_dim / 2;
    const Angles angles(positions, half);
    DeviceArray x(type(), Random(batch * positions * all * head_dim, 1));
    DeviceArray cosine(kFfFloat32, angles.cosine), sine(kFfFloat32, angles.sine);
    ASSERT_EQ(FfRotaryForward(nullptr, type(),
                              {x.data(), cosine.floats(), sine.floats(), batch * positions,
                               positions, heads + kv, all, head_dim}),
              0);
    Doubles want = x.values();
    for (int64_t row = 0; row < batch * positions; ++row) {
      for (int64_t h = 0; h < heads + kv; ++h)
        Turn(want, (row * all + h) * head_dim, row % positions * half, angles, half, 1);
    }
    ExpectNear(x.Read(), want, tolerance());
  }
}

// q as [B, H, T, D], k and v as [B, T, H, D]: the strides are what differs.
TEST_P(Elementwise, RotaryBackwardPacks) {
  for (const int64_t d : {2, 8, 64}) {
    SCOPED_TRACE(d);
    const int64_t batch = 2, t = 5, heads = 4, kv = 2, all = heads + 2 * kv, half = d / 2;
    const Angles angles(t, half);
    DeviceArray q(type(), Random(batch * t * heads * d, 1)),
        k(type(), Random(batch * t * kv * d, 2)), v(type(), Random(batch * t * kv * d, 3));
    DeviceArray cosine(kFfFloat32, angles.cosine), sine(kFfFloat32, angles.sine);
    auto packed = DeviceArray::Output(type(), batch * t * all * d);
    FfRotaryBackward args{{q.data(), heads * t * d, d, t * d},
                          {k.data(), t * kv * d, kv * d, d},
                          {v.data(), t * kv * d, kv * d, d},
                          cosine.floats(),
                          sine.floats(),
                          batch,
                          t,
                          heads,
                          kv,
                          d,
                          packed.data()};
    ASSERT_EQ(FfRotaryBackwardPacked(nullptr, type(), args), 0);
    Doubles want(batch * t * all * d);
    for (int64_t b = 0; b < batch; ++b) {
      for (int64_t p = 0; p < t; ++p) {
        for (int64_t h = 0; h < all; ++h) {
          const int64_t at = ((b * t + p) * all + h) * d;
          for (int64_t j = 0; j < d; ++j) {
            want[at + j] = h < heads ? q.values()[((b * heads + h) * t + p) * d + j]
                           : h < heads + kv
                               ? k.values()[((b * t + p) * kv + h - heads) * d + j]
                               : v.values()[((b * t + p) * kv + h - heads - kv) * d + j];
          }
          if (h < heads + kv) Turn(want, at, p * half, angles, half, -1);
        }
      }
    }
    ExpectNear(packed.Read(), want, tolerance());
  }
}

TEST_P(Elementwise, GatedSiluBothWays) {
  const int64_t rows = 37, width = 104;
  const double sharpness = 1.5, scale = 1.25;
  DeviceArray ug(type(), Random(rows * 2 * width, 1, 2)), grad(type(), Random(rows * width, 2));
  auto y = DeviceArray::Output(type(), rows * width);
  ASSERT_EQ(FfGatedSiluForward(nullptr, type(), ug.data(), sharpness, scale, rows, width, y.data()),
            0);
  ASSERT_EQ(
      FfGatedSiluBackward(nullptr, type(), grad.data(), sharpness, scale, rows, width, ug.data()),
      0);
  Doubles want_y(rows * width), want_grad(rows * 2 * width);
  for (int64_t i = 0; i < rows * width; ++i) {
    const int64_t at = i / width * 2 * width + i % width;
    const double u = ug.values()[at], g = ug.values()[at + width],
                 sigma = 1 / (1 + std::exp(-sharpness * g));
    want_y[i] = scale * u * g * sigma;
    want_grad[at] = scale * grad.values()[i] * g * sigma;
    want_grad[at + width] =
        scale * grad.values()[i] * u * sigma * (1 + sharpness * g * (1 - sigma));
  }
  ExpectNear(y.Read(), want_y, tolerance());
  ExpectNear(ug.Read(), want_grad, tolerance());
}

INSTANTIATE_TEST_SUITE_P(Types, Elementwise, ::testing::Values(kFfFloat32, kFfBfloat16));

}  // namespace
}  // namespace ff::kernels
