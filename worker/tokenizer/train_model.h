// Learns a SentencePiece model (Kudo and Richardson 2018) from a text, such that tokens give the
// text back exactly: nothing is normalized, spaces are kept, a newline is a piece of its own, and
// bytes stand in for what no piece covers. Thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace ff::tokenizer {

struct TrainOptions {
  std::string text;           // path
  std::string model;          // path of the model to write
  std::string kind = "bpe";   // bpe | unigram
  int64_t vocab_size = 8192;  // at least 260: the bytes and four signs
  int64_t threads = 1;
  int64_t sample_bytes = 100'000'000;  // text beyond this is sampled evenly
};

// The model appears complete or not at all. INVALID_ARGUMENT: what SentencePiece says is wrong (a
// vocabulary that the text cannot fill, say).
absl::Status TrainModel(const TrainOptions& options);

}  // namespace ff::tokenizer
