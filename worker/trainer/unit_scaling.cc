#include "worker/trainer/unit_scaling.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <optional>
#include <vector>

#include "worker/trainer/cpu_fused.h"
#include "worker/trainer/cpu_kernels.h"

namespace ff::trainer {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

// Rows a thread takes at a time; fewer are not worth a second thread.
constexpr int64_t kGrain = 64;

bool OnCpuKernel(const Tensor& x) {
  return x.device().is_cpu() && x.scalar_type() == at::kFloat && x.is_contiguous();
}

int64_t Rows(const Tensor& x) { return x.numel() / x.size(-1); }

Tensor Matrix(const Tensor& x) { return x.reshape({-1, x.size(-1)}); }

// alpha * a b without reading what the output held.
Tensor ScaledProduct(const Tensor& a, const Tensor& b, double alpha) {
  return at::empty({a.size(0), b.size(1)}, a.options()).addmm_(a, b, 0, alpha);
}

struct ScaleFunction : Function<ScaleFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& x, double forward,
                        double backward) {
    context->saved_data["backward"] = backward;
    return x * forward;
  }
  static variable_list backward(AutogradContext* context, variable_list grads) {
    return {grads[0] * context->saved_data["backward"].toDouble(), Tensor(), Tensor()};
  }
};

struct EmbeddingFunction : Function<EmbeddingFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& ids, const Tensor& table,
                        double grad_scale, at::ScalarType dtype) {
    context->save_for_backward({ids});
    context->saved_data["rows"] = table.size(0);
    context->saved_data["grad_scale"] = grad_scale;
    return at::embedding(table, ids).to(dtype);
  }
  static variable_list backward(AutogradContext* context, variable_list grads) {
    const Tensor grad = at::embedding_dense_backward(
        grads[0].to(at::kFloat), context->get_saved_variables()[0],
        context->saved_data["rows"].toInt(), /*padding_idx=*/-1, /*scale_grad_by_freq=*/false);
    return {Tensor(), grad.mul_(context->saved_data["grad_scale"].toDouble()), Tensor(), Tensor()};
  }
};

struct RmsNormFunction : Function<RmsNormFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& x,
                        const std::optional<Tensor>& maybe_gain, double eps,
                        double gain_grad_scale) {
    const Tensor gain = maybe_gain.value_or(Tensor());
    Tensor y, inverse;
    if (OnCpuKernel(x)) {
      y = at::empty_like(x), inverse = at::empty({Rows(x)}, x.options());
      const int64_t width = x.size(-1);
      const float* g = gain.defined() ? gain.const_data_ptr<float>() : nullptr;
      at::parallel_for(0, Rows(x), kGrain, [&](int64_t begin, int64_t end) {
        cpu::RmsNormForward(x.const_data_ptr<float>() + begin * width, g, float(eps), end - begin,
                            width, y.data_ptr<float>() + begin * width,
                            inverse.data_ptr<float>() + begin);
      });
    } else {
      const Tensor wide = x.to(at::kFloat);
      inverse = (wide.square().mean(-1, true) + eps).rsqrt_();
      y = wide * inverse;
      if (gain.defined()) y = y * gain;
      y = y.to(x.scalar_type());
    }
    context->save_for_backward({x, inverse, gain});
    context->saved_data["gain_grad_scale"] = gain_grad_scale;
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], &inverse = saved[1], &gain = saved[2];
    const Tensor grad_y = grads[0].contiguous();
    Tensor grad_x, grad_gain;
    if (OnCpuKernel(x)) {
      std::tie(grad_x, grad_gain) = BackwardOnCpu(x, inverse, gain, grad_y);
    } else {
      const Tensor n = x.to(at::kFloat) * inverse, wide = grad_y.to(at::kFloat);
      if (gain.defined()) grad_gain = Matrix(wide * n).sum(0);
      const Tensor h = gain.defined() ? wide * gain : wide;
      grad_x = ((h - n * (h * n).mean(-1, true)) * inverse).to(x.scalar_type());
    }
    if (gain.defined()) grad_gain.mul_(context->saved_data["gain_grad_scale"].toDouble());
    return {grad_x, grad_gain, Tensor(), Tensor()};
  }

  // A gain's gradient is a sum over rows: taken by one thread, so that it does not depend on
  // how rows are dealt out.
  static std::tuple<Tensor, Tensor> BackwardOnCpu(const Tensor& x, const Tensor& inverse,
                                                  const Tensor& gain, const Tensor& grad_y) {
    const int64_t width = x.size(-1), rows = Rows(x);
    Tensor grad_x = at::empty_like(x);
    const Tensor grad_gain = gain.defined() ? at::zeros_like(gain) : Tensor();
    const int64_t grain = gain.defined() ? rows : kGrain;
    at::parallel_for(0, rows, grain, [&](int64_t begin, int64_t end) {
      const int64_t at = begin * width;
      cpu::RmsNormBackward(x.const_data_ptr<float>() + at, inverse.const_data_ptr<float>() + begin,
                           gain.defined() ? gain.const_data_ptr<float>() : nullptr,
                           grad_y.const_data_ptr<float>() + at, end - begin, width,
                           grad_x.data_ptr<float>() + at,
                           gain.defined() ? grad_gain.data_ptr<float>() : nullptr);
    });
    return {grad_x, grad_gain};
  }
};

// The factors go into the matrix products, where they cost nothing.
struct LinearFunction : Function<LinearFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight,
                        double output, double grad_input, double grad_weight) {
    const Tensor cast = weight.to(x.scalar_type());
    context->save_for_backward({x, cast});
    context->saved_data["grad_input"] = grad_input;
    context->saved_data["grad_weight"] = grad_weight;
    std::vector<int64_t> shape = x.sizes().vec();
    shape.back() = weight.size(0);
    return ScaledProduct(Matrix(x), cast.t(), output).view(shape);
  }
  static variable_list backward(AutogradContext* context, variable_list grads) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1];
    const Tensor grad = Matrix(grads[0]);
    Tensor grad_x, grad_weight;
    if (context->needs_input_grad(0)) {
      const double scale = context->saved_data["grad_input"].toDouble();
      grad_x = ScaledProduct(grad, weight, scale).view(x.sizes());
    }
    const double scale = context->saved_data["grad_weight"].toDouble();
    grad_weight = ScaledProduct(grad.t(), Matrix(x), scale).to(at::kFloat);
    return {grad_x, grad_weight, Tensor(), Tensor(), Tensor()};
  }
};

struct ResidualSplitFunction : Function<ResidualSplitFunction> {
  static variable_list forward(AutogradContext* context, const Tensor& x, double branch,
                               double skip) {
    context->saved_data["branch"] = branch;
    context->saved_data["skip"] = skip;
    return {x.view_as(x), x.view_as(x)};
  }
  static variable_list backward(AutogradContext* context, variable_list grads) {
    const double branch = context->saved_data["branch"].toDouble();
    const double skip = context->saved_data["skip"].toDouble();
    return {at::add(grads[0] * branch, grads[1], skip), Tensor(), Tensor()};
  }
};

struct ResidualAddFunction : Function<ResidualAddFunction> {
  static Tensor forward(AutogradContext*, const Tensor& branch, const Tensor& skip,
                        double branch_scale, double skip_scale) {
    return at::add(skip * skip_scale, branch, branch_scale);
  }
  static variable_list backward(AutogradContext*, variable_list grads) {
    return {grads[0], grads[0], Tensor(), Tensor()};
  }
};

// sign +1: forward. Out of place on what has no kernel; returns the rotated tensor.
Tensor Rotated(const Tensor& x, int64_t heads, const Tensor& cosine, const Tensor& sine,
               double sign) {
  const int64_t half = x.size(3) / 2;
  if (OnCpuKernel(x)) {
    const cpu::RopeShape shape{heads, half, x.size(2) * x.size(3), x.size(1)};
    at::parallel_for(0, x.size(0) * x.size(1), kGrain, [&](int64_t begin, int64_t end) {
      cpu::Rotate(x.data_ptr<float>(), cosine.const_data_ptr<float>(), sine.const_data_ptr<float>(),
                  shape, float(sign), begin, end - begin);
    });
    return x;
  }
  const Tensor part = x.narrow(2, 0, heads).to(at::kFloat);
  const Tensor low = part.narrow(3, 0, half), high = part.narrow(3, half, half);
  const Tensor c = cosine.unsqueeze(1), s = sine.unsqueeze(1) * sign;
  x.narrow(2, 0, heads).copy_(at::cat({low * c - high * s, high * c + low * s}, 3));
  return x;
}

struct RopeFunction : Function<RopeFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& x, int64_t heads,
                        const Tensor& cosine, const Tensor& sine) {
    context->save_for_backward({cosine, sine});
    context->saved_data["heads"] = heads;
    return Rotated(x.clone(), heads, cosine, sine, 1);
  }
  static variable_list backward(AutogradContext* context, variable_list grads) {
    const variable_list saved = context->get_saved_variables();
    const int64_t heads = context->saved_data["heads"].toInt();
    Tensor grad = grads[0].clone(at::MemoryFormat::Contiguous);
    return {Rotated(grad, heads, saved[0], saved[1], -1), Tensor(), Tensor(), Tensor()};
  }
};

struct GatedSiluFunction : Function<GatedSiluFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& u_gate, double sharpness,
                        double scale) {
    context->save_for_backward({u_gate});
    context->saved_data["sharpness"] = sharpness;
    context->saved_data["scale"] = scale;
    const int64_t width = u_gate.size(-1) / 2;
    if (!OnCpuKernel(u_gate)) {
      const Tensor gate = u_gate.narrow(-1, width, width);
      return u_gate.narrow(-1, 0, width) * gate * (gate * sharpness).sigmoid_() * scale;
    }
    std::vector<int64_t> shape = u_gate.sizes().vec();
    shape.back() = width;
    Tensor y = at::empty(shape, u_gate.options());
    at::parallel_for(0, Rows(u_gate), kGrain, [&](int64_t begin, int64_t end) {
      cpu::GatedSiluForward(u_gate.const_data_ptr<float>() + 2 * begin * width, float(sharpness),
                            float(scale), end - begin, width, y.data_ptr<float>() + begin * width);
    });
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const Tensor u_gate = context->get_saved_variables()[0], grad = grads[0].contiguous();
    const double sharpness = context->saved_data["sharpness"].toDouble();
    const double scale = context->saved_data["scale"].toDouble();
    const int64_t width = u_gate.size(-1) / 2;
    if (!OnCpuKernel(u_gate)) {
      const Tensor u = u_gate.narrow(-1, 0, width), gate = u_gate.narrow(-1, width, width);
      const Tensor sigmoid = (gate * sharpness).sigmoid_(), arriving = grad * scale;
      const Tensor slope = sigmoid * (1 + sharpness * gate * (1 - sigmoid));
      return {at::cat({arriving * gate * sigmoid, arriving * u * slope}, -1), Tensor(), Tensor()};
    }
    Tensor grad_u_gate = at::empty_like(u_gate);
    at::parallel_for(0, Rows(u_gate), kGrain, [&](int64_t begin, int64_t end) {
      cpu::GatedSiluBackward(u_gate.const_data_ptr<float>() + 2 * begin * width,
                             grad.const_data_ptr<float>() + begin * width, float(sharpness),
                             float(scale), end - begin, width,
                             grad_u_gate.data_ptr<float>() + 2 * begin * width);
    });
    return {grad_u_gate, Tensor(), Tensor()};
  }
};

// The gradient is made with the loss, while the row's exponentials are at hand.
struct CrossEntropyFunction : Function<CrossEntropyFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& logits, const Tensor& targets,
                        double sharpness, double grad_scale) {
    const bool wanted = logits.requires_grad();
    const int64_t width = logits.size(1);
    if (!OnCpuKernel(logits)) {
      const Tensor log_p = at::log_softmax(logits * sharpness, 1);
      const Tensor at_target = log_p.gather(1, targets.unsqueeze(1));
      if (wanted) {
        Tensor grad = log_p.exp().mul_(grad_scale);
        grad.scatter_add_(1, targets.unsqueeze(1), at::full_like(at_target, -grad_scale));
        context->save_for_backward({grad});
      }
      return at_target.sum().neg_();
    }
    Tensor losses = at::empty({logits.size(0)}, logits.options());
    Tensor grad = logits.clone();
    at::parallel_for(0, logits.size(0), kGrain, [&](int64_t begin, int64_t end) {
      cpu::CrossEntropyInPlace(grad.data_ptr<float>() + begin * width,
                               targets.const_data_ptr<int64_t>() + begin, float(sharpness),
                               float(grad_scale), wanted, end - begin, width,
                               losses.data_ptr<float>() + begin);
    });
    if (wanted) context->save_for_backward({grad});
    return losses.sum();
  }
  static variable_list backward(AutogradContext* context, variable_list) {
    return {context->get_saved_variables()[0], Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

Tensor Scale(const Tensor& x, double forward, double backward) {
  return ScaleFunction::apply(x, forward, backward);
}

Tensor Embedding(const Tensor& ids, const Tensor& table, double grad_scale, at::ScalarType dtype) {
  return EmbeddingFunction::apply(ids, table, grad_scale, dtype);
}

Tensor RmsNorm(const Tensor& x, const Tensor& gain, double eps, double gain_grad_scale) {
  const std::optional<Tensor> maybe_gain = gain.defined() ? std::optional(gain) : std::nullopt;
  return RmsNormFunction::apply(x.contiguous(), maybe_gain, eps, gain_grad_scale);
}

Tensor Linear(const Tensor& x, const Tensor& weight, const recipe::LinearScales& scales) {
  return LinearFunction::apply(x, weight, scales.output, scales.grad_input, scales.grad_weight);
}

std::tuple<Tensor, Tensor> ResidualSplit(const Tensor& x, const recipe::ResidualScales& scales) {
  variable_list both = ResidualSplitFunction::apply(x, scales.branch, scales.skip);
  return {both[0], both[1]};
}

Tensor ResidualAdd(const Tensor& branch, const Tensor& skip, const recipe::ResidualScales& scales) {
  return ResidualAddFunction::apply(branch, skip, scales.branch, scales.skip);
}

Tensor Rope(const Tensor& x, int64_t heads, const Tensor& cosine, const Tensor& sine) {
  return RopeFunction::apply(x.contiguous(), heads, cosine, sine);
}

Tensor Attention(const Tensor& q, const Tensor& k, const Tensor& v,
                 const AttentionOptions& options) {
  const bool grouped = q.size(1) != k.size(1);
  const Tensor y = at::scaled_dot_product_attention(q, k, v, /*attn_mask=*/{}, /*dropout_p=*/0,
                                                    options.causal, options.logit_scale, grouped);
  return options.output_scale == 1 ? y : y * options.output_scale;
}

Tensor GatedSilu(const Tensor& u_gate, double sharpness, double scale) {
  return GatedSiluFunction::apply(u_gate.contiguous(), sharpness, scale);
}

Tensor CrossEntropySum(const Tensor& logits, const Tensor& targets, double sharpness,
                       double grad_scale) {
  return CrossEntropyFunction::apply(logits.contiguous(), targets, sharpness, grad_scale);
}

}  // namespace ff::trainer
