// How a step's batch is cut into pieces that fit in memory. The pieces are as equal as can
// be and keep the order of the samples, so the step's mathematics does not change.
#pragma once

#include <cstdint>
#include <vector>

namespace ff::recipe {

struct MicroBatch {
  int64_t first = 0, size = 0;  // samples of the step's batch
};

// `pieces` >= 1; fewer come back where the batch has fewer samples.
std::vector<MicroBatch> MicroBatches(int64_t batch_size, int64_t pieces);

}  // namespace ff::recipe
