#include "server/scaling/shape_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "absl/strings/str_format.h"

namespace ff::scaling {
namespace {

constexpr double kPreferredHeadDim = 64;
// Heads that are multiples of 8 wide and at most 128 have kernels of their own on GPUs; another
// width trains several times slower there.
constexpr int64_t kHeadDimUnit = 8, kWidestHead = 128;
constexpr double kSlowHeads = 100;  // more than any distance in log width
// Weights of the squared log deviations: d_ff / d_model matters more for a profile along
// which only size should change than d_model / layers; size within the tolerance least.
constexpr double kFfnWeight = 4.0;
constexpr double kSizeWeight = 0.01;
constexpr double kGiveUpExcess = 16;

struct Candidate {
  ModelShape shape;
  double error = std::numeric_limits<double>::infinity();  // |N - target| / target
  double score = std::numeric_limits<double>::infinity();  // smaller is better
};

// 0: none of the options fits this width.
int64_t ChooseHeads(int64_t d_model, const ArchitectureSpec& rules) {
  int64_t best = 0;
  double best_distance = std::numeric_limits<double>::infinity();
  for (const int option : rules.head_options) {
    if (option < 1 || d_model % option != 0 || (d_model / option) % 2 != 0) continue;
    if (option % std::max(rules.heads_per_kv_head, 1) != 0) continue;
    const double head_dim = static_cast<double>(d_model) / option;
    const bool slow = d_model / option % kHeadDimUnit != 0 || d_model / option > kWidestHead;
    const double distance =
        std::abs(std::log(head_dim / kPreferredHeadDim)) + (slow ? kSlowHeads : 0);
    if (distance < best_distance || (distance == best_distance && option < best)) {
      best = option;
      best_distance = distance;
    }
  }
  return best;
}

class Search {
 public:
  Search(double target, const ArchitectureSpec& rules, const ModelShape& base)
      : target_(target), rules_(rules), base_(base) {}

  void Run() {
    for (int64_t d = rules_.d_model_multiple;; d += rules_.d_model_multiple) {
      const int64_t heads = ChooseHeads(d, rules_);
      const ModelShape smallest = Shape(rules_.min_layers, d, heads, SmallestFeedForward(d));
      const double excess = TotalParameters(smallest) / target_;
      if (heads > 0) TryWidth(d, heads);
      // The first width past the tolerance was still looked at: it may be the nearest of
      // all. Widths without a head count are passed over, but not for ever.
      if (excess > (heads > 0 ? 1 + rules_.size_tolerance : kGiveUpExcess)) return;
    }
  }

  const std::optional<Candidate>& fitting() const { return fitting_; }
  const std::optional<Candidate>& nearest() const { return nearest_; }

 private:
  ModelShape Shape(int64_t layers, int64_t d, int64_t heads, int64_t d_ff) const {
    ModelShape shape = base_;
    shape.layers = layers;
    shape.d_model = d;
    shape.heads = std::max<int64_t>(heads, 1);
    shape.kv_heads = std::max<int64_t>(shape.heads / std::max(rules_.heads_per_kv_head, 1), 1);
    shape.d_ff = d_ff;
    return shape;
  }

  int64_t Multiple(double units) const {
    return std::max<int64_t>(1, static_cast<int64_t>(units)) * rules_.ffn_multiple;
  }

  int64_t SmallestFeedForward(int64_t d) const {
    const double nominal = rules_.ffn_ratio * static_cast<double>(d);
    return Multiple(std::ceil(nominal / kMaxFfnStretch / rules_.ffn_multiple));
  }

  void TryWidth(int64_t d, int64_t heads) {
    for (int64_t layers = rules_.min_layers; layers <= rules_.max_layers; ++layers) {
      TryFeedForward(layers, d, heads);
      const ModelShape smallest = Shape(layers, d, heads, SmallestFeedForward(d));
      if (TotalParameters(smallest) > target_ * (1 + rules_.size_tolerance)) return;
    }
  }

  // d_ff enters the count linearly: solve for the ends of the tolerance and stay as near to
  // the nominal ratio as they allow.
  void TryFeedForward(int64_t layers, int64_t d, int64_t heads) {
    const double multiple = rules_.ffn_multiple;
    const double per_unit = 3.0 * static_cast<double>(layers * d) * multiple;
    const double without = TotalParameters(Shape(layers, d, heads, 0));
    const double tolerance = rules_.size_tolerance;
    const double low = (target_ * (1 - tolerance) - without) / per_unit;
    const double high = (target_ * (1 + tolerance) - without) / per_unit;
    const double exact = (target_ - without) / per_unit;
    const double wanted = rules_.ffn_ratio * static_cast<double>(d) / multiple;
    for (const double units : {std::round(wanted), std::ceil(low), std::floor(high),
                               std::floor(exact), std::ceil(exact)}) {
      const double kept = std::clamp(units, std::max(1.0, std::ceil(wanted / kMaxFfnStretch)),
                                     std::max(1.0, std::floor(wanted * kMaxFfnStretch)));
      Consider(Shape(layers, d, heads, Multiple(kept)));
    }
  }

  void Consider(const ModelShape& shape) {
    Candidate candidate{shape};
    const double size = TotalParameters(shape);
    const double d = static_cast<double>(shape.d_model);
    candidate.error = std::abs(size - target_) / target_;
    const double aspect = std::log(d / static_cast<double>(shape.layers) / rules_.aspect_ratio);
    const double ffn = std::log(static_cast<double>(shape.d_ff) / d / rules_.ffn_ratio);
    candidate.score = aspect * aspect + kFfnWeight * ffn * ffn;
    if (!nearest_ || candidate.error < nearest_->error) nearest_ = candidate;
    if (candidate.error > rules_.size_tolerance) return;
    if (rules_.size_tolerance > 0) {
      const double share = candidate.error / rules_.size_tolerance;
      candidate.score += kSizeWeight * share * share;
    }
    if (!fitting_ || candidate.score < fitting_->score) fitting_ = candidate;
  }

  const double target_;
  const ArchitectureSpec& rules_;
  const ModelShape& base_;
  std::optional<Candidate> fitting_, nearest_;
};

}  // namespace

absl::StatusOr<ModelShape> FindShape(double target_parameters, const ArchitectureSpec& rules,
                                     const ModelShape& base) {
  Search search(target_parameters, rules, base);
  search.Run();
  if (search.fitting()) return search.fitting()->shape;
  if (!search.nearest()) {
    return absl::NotFoundError(
        "no width has a head count: none of architecture.head_options divides a multiple of "
        "architecture.d_model_multiple with an even head dimension");
  }
  const Candidate& best = *search.nearest();
  return absl::NotFoundError(absl::StrFormat(
      "no shape within %.3g %% of %.4g parameters: the nearest has %d (%.2g %% off; %d layers, "
      "d_model %d, d_ff %d)",
      100 * rules.size_tolerance, target_parameters, TotalParameters(best.shape), 100 * best.error,
      best.shape.layers, best.shape.d_model, best.shape.d_ff));
}

}  // namespace ff::scaling
