// Casts to 8-bit floats, and AdamW's, against the toolkit's own on the host, bit for bit and both
// ways round; the gate's gradient against the formula; normal numbers against the host's bits.
#include <cuda_fp8.h>

#include <algorithm>

#include "tests/worker/kernels/device_array.h"
#include "worker/kernels/normal.h"

namespace ff::kernels {
namespace {

class Bytes {
 public:
  explicit Bytes(size_t count) : bytes_(count, 0x55) {
    EXPECT_EQ(cudaMalloc(&data_, count), cudaSuccess);
    EXPECT_EQ(cudaMemcpy(data_, bytes_.data(), count, cudaMemcpyHostToDevice), cudaSuccess);
  }
  ~Bytes() { cudaFree(data_); }
  Bytes(const Bytes&) = delete;
  void* data() const { return data_; }
  std::vector<uint8_t> Read() {
    EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
    EXPECT_EQ(cudaMemcpy(bytes_.data(), data_, bytes_.size(), cudaMemcpyDeviceToHost), cudaSuccess);
    return bytes_;
  }

 private:
  std::vector<uint8_t> bytes_;
  void* data_ = nullptr;
};

__nv_fp8_interpretation_t Kind(FfFp8 format) { return format == kFfE4M3 ? __NV_E4M3 : __NV_E5M2; }
uint8_t Narrow(double x, FfFp8 format) {
  return __nv_cvt_float_to_fp8(static_cast<float>(x), __NV_SATFINITE, Kind(format));
}
double Widen(uint8_t x, FfFp8 format) {
  return __half2float(__half(__nv_cvt_fp8_to_halfraw(x, Kind(format))));
}

class Fp8 : public KernelTest {};

TEST_P(Fp8, CastsBothWaysRound) {
  for (const auto& [rows, columns] : {std::pair<int64_t, int64_t>{64, 64}, {16, 208}, {144, 32}}) {
    for (const FfFp8 format : {kFfE4M3, kFfE5M2}) {
      SCOPED_TRACE(columns);
      Doubles values = Random(rows * columns, 1, 3);
      values[0] = 1e6, values[1] = -1e6, values[2] = 1e-9, values[3] = 0;
      DeviceArray x(type(), values);
      Bytes out(rows * columns), transposed(rows * columns);
      const FfFp8Cast args{type(), x.data(), rows, columns, format, out.data(), transposed.data()};
      ASSERT_EQ(FfCastFp8(nullptr, args), 0);
      const auto got = out.Read(), turned = transposed.Read();
      int64_t wrong = 0;
      for (int64_t r = 0; r < rows; ++r) {
        for (int64_t c = 0; c < columns; ++c) {
          const uint8_t want = Narrow(x.values()[r * columns + c], format);
          wrong += got[r * columns + c] != want;
          wrong += turned[c * rows + r] != want;
        }
      }
      EXPECT_EQ(wrong, 0);
    }
  }
}

// The masters' bits are those of the flat step, the copies those of a cast of the masters.
TEST_P(Fp8, AdamWStepWritesTheCopies) {
  const int64_t rows = 80, columns = 208, offset = kFfAdamChunk;
  const int64_t chunks = 1 + (rows * columns + kFfAdamChunk - 1) / kFfAdamChunk;
  const int64_t count = chunks * kFfAdamChunk;
  const Doubles weights = Random(count, 1), first = Random(count, 2), second(count, 0.3);
  DeviceArray w(kFfFloat32, weights), m(kFfFloat32, first), v(kFfFloat32, second);
  DeviceArray flat_w(kFfFloat32, weights), flat_m(kFfFloat32, first), flat_v(kFfFloat32, second);
  DeviceArray g(type(), Random(count, 4)), rates(kFfFloat32, {0.5, 0.01, 0.25, 0.02});
  const DeviceInts tensors(std::vector<int32_t>(chunks, 1));
  const FfStepScalars now{0.5f, 1.25f, 1.5f, 1}, rehearsal{0.5f, 1.25f, 1.5f, 0};
  FfStepScalars* scalars;
  ASSERT_EQ(cudaMalloc(&scalars, sizeof now), cudaSuccess);
  FfAdamW args{};
  args.weight = w.floats(), args.first = m.floats(), args.second = v.floats();
  args.grad = g.data(), args.grad_type = type(), args.rates = rates.floats();
  args.scalars = scalars, args.beta1 = 0.9f, args.beta2 = 0.99f, args.eps = 1e-8f;
  Bytes out(rows * columns), transposed(rows * columns);
  const FfFp8Matrix matrix{offset, rows, columns, 1, out.data(), transposed.data()};
  cudaMemcpy(scalars, &rehearsal, sizeof now, cudaMemcpyHostToDevice);
  ASSERT_EQ(FfAdamWStepFp8(nullptr, args, matrix), 0);
  EXPECT_EQ(w.Read(), w.values());
  EXPECT_EQ(out.Read(), std::vector<uint8_t>(rows * columns, 0x55));
  cudaMemcpy(scalars, &now, sizeof now, cudaMemcpyHostToDevice);
  ASSERT_EQ(FfAdamWStepFp8(nullptr, args, matrix), 0);
  args.weight = flat_w.floats(), args.first = flat_m.floats(), args.second = flat_v.floats();
  args.chunk_tensor = tensors.data(), args.chunks = chunks;
  ASSERT_EQ(FfAdamWStep(nullptr, args), 0);
  Doubles want = w.values();  // outside the matrix nothing changes
  const Doubles flat = flat_w.Read(), got = w.Read();
  std::copy_n(flat.begin() + offset, rows * columns, want.begin() + offset);
  EXPECT_EQ(got, want);
  const auto bytes = out.Read(), turned = transposed.Read();
  int64_t wrong = 0;
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) {
      const uint8_t narrow = Narrow(got[offset + r * columns + c], kFfE4M3);
      wrong += bytes[r * columns + c] != narrow;
      wrong += turned[c * rows + r] != narrow;
    }
  }
  EXPECT_EQ(wrong, 0);
  cudaFree(scalars);
}

TEST_P(Fp8, NormWritesWhatProductsRead) {
  const int64_t rows = 16, width = 96;
  DeviceArray x(kFfBfloat16, Random(rows * width, 2)), gain(kFfFloat32, Random(width, 3));
  auto normed = DeviceArray::Output(kFfBfloat16, rows * width);
  auto scaled = DeviceArray::Output(kFfBfloat16, rows * width);
  auto inverse = DeviceArray::Output(kFfFloat32, rows);
  Bytes narrow(rows * width);
  const FfNormForward args{
      nullptr,       x.data(),         1,    1,     1e-5f,        gain.floats(), normed.data(),
      scaled.data(), inverse.floats(), rows, width, narrow.data()};
  ASSERT_EQ(FfResidualRmsNormForward(nullptr, kFfBfloat16, args), 0);
  Doubles got;
  for (const uint8_t byte : narrow.Read()) got.push_back(Widen(byte, kFfE4M3));
  ExpectNear(got, scaled.Read(), 0.04);
}

TEST_P(Fp8, GatedSiluBackward) {
  const int64_t rows = 80, width = 112;
  const double sharpness = 0.7, scale = 1.6;
  DeviceArray grad(kFfBfloat16, Random(rows * width, 1));
  DeviceArray u_gate(kFfBfloat16, Random(rows * 2 * width, 2));
  Bytes out(rows * 2 * width), transposed(rows * 2 * width);
  ASSERT_EQ(
      FfGatedSiluBackwardFp8(nullptr, {grad.data(), u_gate.data(), float(sharpness), float(scale),
                                       rows, width, out.data(), transposed.data()}),
      0);
  Doubles want(rows * 2 * width), got, turned(rows * 2 * width);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t i = 0; i < width; ++i) {
      const double u = u_gate.values()[r * 2 * width + i];
      const double g = u_gate.values()[r * 2 * width + width + i];
      const double sigmoid = 1 / (1 + std::exp(-sharpness * g));
      const double arriving = scale * grad.values()[r * width + i];
      want[r * 2 * width + i] = arriving * g * sigmoid;
      want[r * 2 * width + width + i] =
          arriving * u * sigmoid * (1 + sharpness * g * (1 - sigmoid));
    }
  }
  for (const uint8_t byte : out.Read()) got.push_back(Widen(byte, kFfE5M2));
  const auto bytes = transposed.Read();
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < 2 * width; ++c) {
      turned[r * 2 * width + c] = Widen(bytes[c * rows + r], kFfE5M2);
    }
  }
  ExpectNear(got, want, 0.08);  // two bits of mantissa: half a step is an eighth at most
  EXPECT_EQ(turned, got);
}

// Against the kernel that writes bfloat16, of which an E5M2 is a rounding.
TEST_P(Fp8, RotaryBackward) {
  const int64_t batch = 2, positions = 48, heads = 4, kv = 2, dim = 24, all = heads + 2 * kv;
  const int64_t rows = batch * positions;
  DeviceArray q(kFfBfloat16, Random(rows * heads * dim, 1)),
      k(kFfBfloat16, Random(rows * kv * dim, 2));
  DeviceArray v(kFfBfloat16, Random(rows * kv * dim, 3));
  DeviceArray cosine(kFfFloat32, Random(positions * dim / 2, 4));
  DeviceArray sine(kFfFloat32, Random(positions * dim / 2, 5));
  auto wide = DeviceArray::Output(kFfBfloat16, rows * all * dim);
  Bytes narrow(rows * all * dim), transposed(rows * all * dim);
  const auto strides = [&](const DeviceArray& x, int64_t h) {  // [B, H, T, D]
    return FfHeads{x.data(), h * positions * dim, dim, positions * dim};
  };
  FfRotaryBackward args{strides(q, heads),
                        strides(k, kv),
                        strides(v, kv),
                        cosine.floats(),
                        sine.floats(),
                        batch,
                        positions,
                        heads,
                        kv,
                        dim,
                        wide.data()};
  ASSERT_EQ(FfRotaryBackwardPacked(nullptr, kFfBfloat16, args), 0);
  args.packed = narrow.data();
  ASSERT_EQ(FfRotaryBackwardFp8(nullptr, args, transposed.data()), 0);
  Doubles got, turned(rows * all * dim);
  for (const uint8_t byte : narrow.Read()) got.push_back(Widen(byte, kFfE5M2));
  ExpectNear(got, wide.Read(), 0.08);
  const auto bytes = transposed.Read();
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < all * dim; ++c) {
      turned[r * all * dim + c] = Widen(bytes[c * rows + r], kFfE5M2);
    }
  }
  EXPECT_EQ(turned, got);
}

TEST_P(Fp8, NormalNumbersAreTheHosts) {
  const int64_t count = 100000;
  auto out = DeviceArray::Output(kFfFloat32, count);
  ASSERT_EQ(FfFillNormal(nullptr, 7, 0.5f, 2, count, out.floats()), 0);
  const Doubles got = out.Read();
  int64_t wrong = 0;
  for (int64_t i = 0; i < count; ++i) wrong += float(got[i]) != Fma(2, NormalAt(7, i), 0.5f);
  EXPECT_EQ(wrong, 0);
}

INSTANTIATE_TEST_SUITE_P(Types, Fp8, ::testing::Values(kFfFloat32, kFfBfloat16));

}  // namespace
}  // namespace ff::kernels
