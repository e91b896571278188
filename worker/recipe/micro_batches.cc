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

}  // namespace ff::recipe
