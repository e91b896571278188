// Matrix products of 8-bit floats with static scale 1, which u-muP's unit-sized tensors allow
// (Blake et al. 2024, section on low precision): y = x W^T in E4M3; grad_x = G W and grad_W =
// G^T x with G in E5M2; results in bfloat16, sums in float32, factors in the product. By
// cublasLt, whose algorithm for a shape is chosen by timing the first call, or by rule in
// deterministic mode. Works on the current stream. For one thread at a time.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <tuple>

#include "worker/kernels/kernels.h"

namespace ff::trainer {

class CudaFp8 {
 public:
  // Room for `rows` rows of inputs up to `widest_in` and gradients up to `widest_out` wide; all
  // multiples of 16.
  CudaFp8(int64_t rows, int64_t widest_in, int64_t widest_out, at::Device device);
  ~CudaFp8();

  // A weight in E4M3, both ways round; CudaWeights keeps and renews it.
  struct Weight {
    at::Tensor plain, transposed;  // [out, in], [in, out]
    int64_t out = 0, in = 0;
  };

  // The product's input in E4M3, [rows, in], for the caller to write.
  void* input() const { return input_.data_ptr(); }
  // y [rows, out] in bfloat16.
  void Forward(const Weight& weight, double scale, int64_t rows, void* y);

  // The gradient of y in E5M2, [rows, out] and [out, rows], for the caller to write.
  void* grad() const { return grad_.data_ptr(); }
  void* grad_transposed() const { return grad_transposed_.data_ptr(); }

  struct Gradients {
    double input_scale, weight_scale, keep;
    void* grad_x;  // [rows, in], bfloat16
    FfType weight_type;
    void* grad_weight;  // <- keep * grad_weight + weight_scale * G^T x
  };
  // x: the input in bfloat16, as it was before the cast.
  void Backward(const Weight& weight, const void* x, int64_t rows, const Gradients& gradients);

 private:
  struct Operand {
    const void* data;
    FfFp8 format;
  };
  struct Shape {
    int64_t m, n, k;
    FfFp8 a, b;
    FfType out;
    bool adds;
    bool operator<(const Shape& o) const {
      return std::tie(m, n, k, a, b, out, adds) < std::tie(o.m, o.n, o.k, o.a, o.b, o.out, o.adds);
    }
  };
  struct Plan;
  // c [n, m] <- scale * b [n, k] a [m, k]^T + keep * c.
  void Multiply(const Operand& a, const Operand& b, int64_t m, int64_t n, int64_t k, double scale,
                double keep, FfType out_type, void* c);
  void Choose(Plan& plan, const Operand& a, const Operand& b, float scale, float keep, void* c);
  int Run(const Plan& plan, const Operand& a, const Operand& b, float scale, float keep, void* c);

  at::Tensor input_, input_transposed_, grad_, grad_transposed_, workspace_;
  std::map<Shape, std::unique_ptr<Plan>> plans_;
};

// Whether the device has products of 8-bit floats (Ada, Hopper and newer).
bool HasFp8(at::Device device);

}  // namespace ff::trainer
