// Cross-entropy, the embedding's two directions, AdamW and the gradients' norm in float64.
#include <limits>
#include <map>

#include "tests/worker/kernels/device_array.h"

namespace ff::kernels {
namespace {

class LossAndOptimizer : public KernelTest {};

TEST_P(LossAndOptimizer, CrossEntropyLeavesItsGradient) {
  const std::vector<std::pair<int64_t, int64_t>> widths = {
      {256, 256},   {250, 256},     {512, 512},     {1000, 1024},   {4096, 4096},
      {5000, 5056}, {12000, 12032}, {32000, 32000}, {50257, 50304}, {100000, 100032}};
  for (const auto& [width, stride] : widths) {
    SCOPED_TRACE(width);
    const int64_t rows = 6;
    const double sharpness = 1.25, scale = 3;
    DeviceArray logits(type(), Random(rows * stride, width, 2));
    std::vector<int32_t> targets;
    for (int64_t row = 0; row < rows; ++row)
      targets.push_back(int32_t(row * (width - 1) / (rows - 1)));
    const DeviceInts device_targets(targets);
    auto losses = DeviceArray::Output(kFfFloat32, rows);
    FfCrossEntropy args{logits.data(),
                        device_targets.data(),
                        float(sharpness),
                        float(scale),
                        false,
                        losses.floats(),
                        rows,
                        width,
                        stride};
    ASSERT_EQ(FfCrossEntropyInPlace(nullptr, type(), args), 0);
    EXPECT_EQ(logits.Read(), logits.values());  // without a gradient nothing changes
    args.with_grad = true;
    ASSERT_EQ(FfCrossEntropyInPlace(nullptr, type(), args), 0);
    Doubles want(rows * stride, 0), want_losses(rows);
    for (int64_t row = 0; row < rows; ++row) {
      const double* z = &logits.values()[row * stride];
      double sum = 0;
      for (int64_t i = 0; i < width; ++i) sum += std::exp(sharpness * z[i]);
      for (int64_t i = 0; i < width; ++i) {
        want[row * stride + i] = scale * (std::exp(sharpness * z[i]) / sum - (i == targets[row]));
      }
      want_losses[row] = std::log(sum) - sharpness * z[targets[row]];
    }
    ExpectNear(losses.Read(), want_losses, 1e-5);
    ExpectNear(logits.Read(), want, type() == kFfFloat32 ? 1e-5 : 4e-3);
    auto sum = DeviceArray::Output(kFfFloat32, 1);
    ASSERT_EQ(FfSumLosses(nullptr, losses.floats(), rows, true, sum.floats()), 0);
    ASSERT_EQ(FfSumLosses(nullptr, losses.floats(), rows, false, sum.floats()), 0);
    double total = 0;
    for (double loss : want_losses) total += 2 * loss;
    EXPECT_NEAR(sum.Read()[0] / total, 1, 1e-5);
  }
}

// A common token (heavy), rare ones, one token that does not occur; several widths.
TEST_P(LossAndOptimizer, EmbeddingBothWays) {
  for (const int64_t width : {8, 64, 264, 2048}) {
    SCOPED_TRACE(width);
    const int64_t rows = 300, vocabulary = 40;
    std::mt19937 engine(5);
    std::vector<int32_t> ids;
    for (int64_t i = 0; i < rows; ++i)
      ids.push_back(i % 3 == 0 ? 7 : int32_t(engine() % (vocabulary - 1)));
    std::map<int32_t, std::vector<int32_t>> where;
    for (int64_t i = 0; i < rows; ++i) where[ids[i]].push_back(int32_t(i));
    std::vector<int32_t> order = where[7], begin = {0, int32_t(order.size())}, segments = {7};
    for (const auto& [id, at] : where) {
      if (id == 7) continue;
      order.insert(order.end(), at.begin(), at.end());
      begin.push_back(int32_t(order.size())), segments.push_back(id);
    }
    const DeviceInts d_ids(ids), d_order(order), d_begin(begin), d_segments(segments),
        d_counts({int32_t(segments.size()), 1});
    DeviceArray table(type(), Random(vocabulary * width, 1)),
        grad_x(type(), Random(rows * width, 2));
    auto x = DeviceArray::Output(type(), rows * width);
    ASSERT_EQ(
        FfEmbeddingForward(nullptr, type(), d_ids.data(), table.data(), rows, width, x.data()), 0);
    DeviceArray grad(kFfFloat32, Random(vocabulary * width, 3));
    FfEmbeddingBackward args{grad_x.data(),
                             d_order.data(),
                             d_begin.data(),
                             d_segments.data(),
                             d_counts.data(),
                             rows,
                             width,
                             0.5f,
                             2,
                             kFfFloat32,
                             grad.data()};
    ASSERT_EQ(FfEmbeddingBackwardSorted(nullptr, type(), args), 0);
    Doubles want_x(rows * width), want_grad = grad.values();
    for (const auto& [id, at] : where) {
      for (int64_t i = 0; i < width; ++i) want_grad[id * width + i] *= 2;
    }
    for (int64_t i = 0; i < rows * width; ++i) {
      want_x[i] = table.values()[ids[i / width] * width + i % width];
      want_grad[ids[i / width] * width + i % width] += 0.5 * grad_x.values()[i];
    }
    EXPECT_EQ(x.Read(), want_x);
    ExpectNear(grad.Read(), want_grad, 1e-6);
  }
}

struct State {
  Doubles w, m, v;
};

TEST_P(LossAndOptimizer, AdamWOfTwoTensors) {
  const int64_t chunks = 3, count = chunks * kFfAdamChunk;
  DeviceArray w(kFfFloat32, Random(count, 1)), m(kFfFloat32, Random(count, 2)),
      v(kFfFloat32, Random(count, 3)), g(type(), Random(count, 4));
  Doubles squares = v.values();
  for (double& s : squares) s *= s;
  DeviceArray second(kFfFloat32, squares), rates(kFfFloat32, {0.5, 0.01, 0.25, 0.0}),
      clip(kFfFloat32, {0.5}), loss(kFfFloat32, {1.0});
  DeviceArray broken(kFfFloat32, {std::numeric_limits<double>::infinity()});
  auto shadow = DeviceArray::Output(kFfBfloat16, count);
  const DeviceInts tensors({0, 1, 1});
  const FfStepScalars now{0.5f, 1.25f, 1.5f, 1}, rehearsal{0.5f, 1.25f, 1.5f, 0};
  FfStepScalars* scalars;
  ASSERT_EQ(cudaMalloc(&scalars, sizeof now), cudaSuccess);
  FfAdamW args{w.floats(),     m.floats(),     second.floats(),
               g.data(),       type(),         shadow.data(),
               tensors.data(), rates.floats(), chunks,
               scalars,        clip.floats(),  loss.floats(),
               0.9f,           0.99f,          1e-8f};
  cudaMemcpy(scalars, &rehearsal, sizeof now, cudaMemcpyHostToDevice);
  ASSERT_EQ(FfAdamWStep(nullptr, args), 0);
  EXPECT_EQ(w.Read(), w.values());
  cudaMemcpy(scalars, &now, sizeof now, cudaMemcpyHostToDevice);
  args.loss_sum = broken.floats();
  ASSERT_EQ(FfAdamWStep(nullptr, args), 0);
  EXPECT_EQ(m.Read(), m.values());
  args.loss_sum = loss.floats();
  ASSERT_EQ(FfAdamWStep(nullptr, args), 0);
  State want{w.values(), m.values(), second.values()};
  for (int64_t i = 0; i < count; ++i) {
    const double rate = (i < kFfAdamChunk ? 0.5 : 0.25) * 0.5, decay = i < kFfAdamChunk ? 0.01f : 0;
    const double grad = 0.5 * g.values()[i], b1 = 0.9f, b2 = 0.99f;
    want.m[i] = b1 * want.m[i] + (1 - b1) * grad;
    want.v[i] = b2 * want.v[i] + (1 - b2) * grad * grad;
    want.w[i] -= rate * decay * want.w[i];
    want.w[i] -= rate * want.m[i] * 1.25 / (std::sqrt(want.v[i]) * 1.5 + 1e-8);
  }
  ExpectNear(w.Read(), want.w, 1e-6);
  ExpectNear(m.Read(), want.m, 1e-6);
  ExpectNear(second.Read(), want.v, 1e-6);
  ExpectNear(shadow.Read(), want.w, 4e-3);
  cudaFree(scalars);
}

TEST_P(LossAndOptimizer, GradientNormAndClip) {
  const int64_t count = 5000 * 8;
  DeviceArray g(type(), Random(count, 1));
  auto partial = DeviceArray::Output(kFfFloat32, kFfNormParts),
       norm = DeviceArray::Output(kFfFloat32, 1), clip = DeviceArray::Output(kFfFloat32, 1);
  ASSERT_EQ(FfGradNorm(nullptr, type(), g.data(), count, 2, partial.floats(), norm.floats(),
                       clip.floats()),
            0);
  double squares = 0;
  for (double value : g.values()) squares += value * value;
  EXPECT_NEAR(norm.Read()[0] / std::sqrt(squares), 1, 1e-5);
  EXPECT_NEAR(clip.Read()[0] * std::sqrt(squares) / 2, 1, 1e-5);
  ASSERT_EQ(FfGradNorm(nullptr, type(), g.data(), count, 0, partial.floats(), norm.floats(),
                       clip.floats()),
            0);
  EXPECT_EQ(clip.Read()[0], 1);
}

INSTANTIATE_TEST_SUITE_P(Types, LossAndOptimizer, ::testing::Values(kFfFloat32, kFfBfloat16));

}  // namespace
}  // namespace ff::kernels
