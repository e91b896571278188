// A plan's data: the file opened and checked, its held-out part set aside, and the tokens
// of any step's samples or of the evaluation. Immutable; thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "worker/data/batch_order.h"
#include "worker/data/held_out_split.h"
#include "worker/data/token_file.h"
#include "worker/protocol/plan.h"
#include "worker/recipe/micro_batches.h"

namespace ff::trainer {

class BatchReader {
 public:
  // Every error is of kind bad_data.
  static absl::StatusOr<std::unique_ptr<BatchReader>> Open(const protocol::Plan& plan,
                                                           const std::string& path);

  // Samples piece.first .. + piece.size of a step, seq_len + 1 tokens each, one after another.
  absl::Status Training(int64_t step, recipe::MicroBatch piece, std::vector<int64_t>& tokens) const;

  // As many held-out windows as cover eval_tokens (all, if there are fewer), spread evenly.
  int64_t held_out_samples() const { return held_out_samples_; }
  absl::StatusOr<std::vector<int64_t>> HeldOut(int64_t first, int64_t count) const;

  double epochs() const;  // passes over the training part that the plan makes

 private:
  BatchReader(const protocol::Plan& plan, std::unique_ptr<data::TokenFile> file,
              data::HeldOutSplit split);

  std::unique_ptr<data::TokenFile> file_;
  data::HeldOutSplit split_;
  data::BatchOrder order_;
  int64_t sample_tokens_, held_out_samples_, steps_;
};

}  // namespace ff::trainer
