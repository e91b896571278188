// Gradients added up over ranks while the backward pass goes on. It finishes them from the end of
// each region of the flat array to its beginning; whenever enough of one are final, their sum is
// begun on NCCL's stream.
// Sums are made in the gradients' own type: bfloat16 where a step is one micro-batch, since each
// part is rounded to it already and half the bytes travel; float32 where micro-batches accumulate.
// Works on the current stream, also within a capture. For one thread at a time.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "worker/trainer/cuda_decoder.h"
#include "worker/trainer/cuda_weights.h"
#include "worker/trainer/rank_group.h"

namespace ff::trainer {

class CudaSums : public PassEvents {
 public:
  // `loss` [1]: where it is added up. Group and weights outlive this.
  CudaSums(RankGroup& group, const CudaWeights& weights, at::Tensor loss);

  void Begin();  // of a step's last backward pass
  void LossIsFinal() override;
  void GradientsAreFinal(const std::string& prefix) override;
  void Finish();  // the current stream waits for all sums

 private:
  struct Region {
    CudaWeights::Range range;
    int64_t begun = 0;  // from here to its end the sums have begun
  };
  void Sum(Region& region, int64_t from);

  RankGroup& group_;
  const CudaWeights& weights_;
  const at::Tensor loss_;
  std::vector<Region> regions_;
};

}  // namespace ff::trainer
