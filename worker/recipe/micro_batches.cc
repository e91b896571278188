#include "worker/recipe/micro_batches.h"

#include <algorithm>

namespace ff::recipe {

std::vector<MicroBatch> MicroBatches(int64_t batch_size, int64_t pieces) {
  pieces = std::min(pieces, batch_size);
  std::vector<MicroBatch> batches;
  for (int64_t i = 0; i < pieces; ++i) {
    const int64_t first = batch_size * i / pieces;
    batches.push_back({first, batch_size * (i + 1) / pieces - first});
  }
  return batches;
}

std::vector<MicroBatch> MicroBatchesOfRank(int64_t batch_size, int64_t pieces, int64_t rank,
                                           int64_t ranks) {
  const MicroBatch share = MicroBatches(batch_size, ranks)[rank];
  std::vector<MicroBatch> batches = MicroBatches(share.size, (pieces + ranks - 1) / ranks);
  for (MicroBatch& batch : batches) batch.first += share.first;
  return batches;
}

}  // namespace ff::recipe
