// How a step's batch is cut into pieces that fit in memory, and over the processes that train
// together. The pieces are as equal as can be and keep the order of the samples, so the step's
// mathematics does not change.
#pragma once

#include <cstdint>
#include <vector>

namespace ff::recipe {

struct MicroBatch {
  int64_t first = 0, size = 0;  // samples of the step's batch
};

// `pieces` >= 1; fewer come back where the batch has fewer samples.
std::vector<MicroBatch> MicroBatches(int64_t batch_size, int64_t pieces);

// What rank `rank` of `ranks` <= batch_size computes of a batch that one process alone would cut
// into `pieces`: its share in ceil(pieces / ranks) pieces, none larger than one of those.
std::vector<MicroBatch> MicroBatchesOfRank(int64_t batch_size, int64_t pieces, int64_t rank,
                                           int64_t ranks);

}  // namespace ff::recipe
