#include "worker/trainer/batch_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "worker/trainer/failure.h"

namespace ff::trainer {
namespace {

constexpr char kBadData[] = "bad_data";

}  // namespace

absl::StatusOr<std::unique_ptr<BatchReader>> BatchReader::Open(const protocol::Plan& plan,
                                                               const std::string& path) {
  auto file = data::TokenFile::Open(path, plan.data_format, plan.shape.vocab_size);
  if (!file.ok()) return WithKind(file.status(), kBadData);
  if ((*file)->tokens() != plan.data_tokens) {
    return Failure(kBadData,
                   absl::StrCat("dataset ", path, " has ", (*file)->tokens(), " tokens, the plan ",
                                plan.data_tokens, ": it was changed or cut; plan the sweep again"));
  }
  auto split = data::SplitTokens(plan.data_tokens, plan.val_fraction, plan.shape.seq_len);
  if (!split.ok()) return WithKind(split.status(), kBadData);
  return std::unique_ptr<BatchReader>(new BatchReader(plan, *std::move(file), *std::move(split)));
}

BatchReader::BatchReader(const protocol::Plan& plan, std::unique_ptr<data::TokenFile> file,
                         data::HeldOutSplit split)
    : file_(std::move(file)),
      split_(std::move(split)),
      order_(plan.seed, split_.training.count(), plan.batch_size),
      sample_tokens_(plan.shape.seq_len + 1),
      steps_(plan.steps) {
  const int64_t wanted = (plan.eval_tokens + plan.shape.seq_len - 1) / plan.shape.seq_len;
  held_out_samples_ = std::clamp<int64_t>(wanted, 1, split_.held_out.count());
}

absl::Status BatchReader::Training(int64_t step, recipe::MicroBatch piece,
                                   std::vector<int64_t>& tokens) const {
  tokens.resize(piece.size * sample_tokens_);
  for (int64_t i = 0; i < piece.size; ++i) {
    const int64_t start = split_.training.Start(order_.Window(step, piece.first + i));
    absl::Status read = file_->Read(start, sample_tokens_, &tokens[i * sample_tokens_]);
    if (!read.ok()) return WithKind(read, kBadData);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<int64_t>> BatchReader::HeldOut(int64_t first, int64_t count) const {
  std::vector<int64_t> tokens(count * sample_tokens_);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t window = (first + i) * split_.held_out.count() / held_out_samples_;
    absl::Status read =
        file_->Read(split_.held_out.Start(window), sample_tokens_, &tokens[i * sample_tokens_]);
    if (!read.ok()) return WithKind(read, kBadData);
  }
  return tokens;
}

double BatchReader::epochs() const { return order_.Epochs(steps_); }

}  // namespace ff::trainer
