// The processes that train one experiment together: what they agree on and add up, by LibTorch's
// c10d. Numbers on the host and tensors of a CPU go by Gloo, tensors on GPUs by NCCL. Every rank
// makes the same calls in the same order. A rank that cannot be reached is the end of the process
// (rank_end.h): what the others wait for will never come. Results have the same bits on all ranks.
// For one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "worker/trainer/rendezvous.h"

namespace at {
class Tensor;
}

namespace ff::trainer {

class RankGroup {
 public:
  struct Place {
    int rank = 0, ranks = 1;
    std::string device;  // this rank's: "cpu", "cuda:1"
    std::string name;    // of the group, the same on all ranks and never used before
  };
  // Waits for all ranks. UNAVAILABLE: some did not come within five minutes. UNIMPLEMENTED: built
  // without NCCL, and the device is a GPU.
  static absl::StatusOr<std::unique_ptr<RankGroup>> Join(Rendezvous& rendezvous,
                                                         const Place& place);
  ~RankGroup();

  int rank() const { return place_.rank; }
  int ranks() const { return place_.ranks; }
  bool first() const { return place_.rank == 0; }
  const std::string& device() const { return place_.device; }

  // OK if all are; else the same error on all, that of the lowest rank which has one. `flags`,
  // where given: ored over the ranks.
  absl::Status Agree(const absl::Status& mine, uint32_t* flags = nullptr);
  // In place, in float64.
  void SumOnHost(double* values, int64_t count);
  void MaxOnHost(double* values, int64_t count);
  bool AllHave(int64_t value);  // the same one
  // Of rank 0.
  void Broadcast(const at::Tensor& tensor);
  void BroadcastOnHost(double* values, int64_t count);

  // Sums tensors in place, in their own type: on a GPU on a stream beside the current one, which
  // waits for the sums in FinishSums. Fit for the capture of a CUDA graph once each size was
  // summed.
  void BeginSum(const at::Tensor& tensor);
  void FinishSums();

 private:
  struct Parts;
  RankGroup(const Place& place, std::unique_ptr<Parts> parts);
  absl::Status ErrorOf(int rank, const absl::Status& mine);

  const Place place_;
  const std::unique_ptr<Parts> parts_;
};

}  // namespace ff::trainer
