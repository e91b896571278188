#include "worker/trainer/cuda_sums.h"

#include <ATen/ATen.h>

#include <utility>

namespace ff::trainer {
namespace {

// As many bytes keep NVLink busy for some 0.2 ms, ten times what it takes to begin a sum.
constexpr int64_t kWorthABucket = int64_t{32} << 20;

}  // namespace

CudaSums::CudaSums(RankGroup& group, const CudaWeights& weights, at::Tensor loss)
    : group_(group), weights_(weights), loss_(std::move(loss)) {}

void CudaSums::Begin() {
  regions_.clear();
  for (const CudaWeights::Range& range : weights_.regions()) regions_.push_back({range, range.end});
}

void CudaSums::LossIsFinal() { group_.BeginSum(loss_); }

void CudaSums::GradientsAreFinal(const std::string& prefix) {
  for (Region& region : regions_) {
    const int64_t from = weights_.FirstOffset(prefix, region.range);
    const int64_t bytes = (region.begun - from) * weights_.gradients().element_size();
    if (bytes >= kWorthABucket) Sum(region, from);
  }
}

void CudaSums::Sum(Region& region, int64_t from) {
  group_.BeginSum(weights_.gradients().narrow(0, from, region.begun - from));
  region.begun = from;
}

void CudaSums::Finish() {
  for (Region& region : regions_) {
    if (region.begun > region.range.begin) Sum(region, region.range.begin);
  }
  group_.FinishSums();
}

}  // namespace ff::trainer
