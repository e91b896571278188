// Turns a text into a file of tokens with a SentencePiece model, on several threads; the tokens are
// the same for any number of them. Thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace ff::tokenizer {

struct ApplyOptions {
  std::string text, model, out;   // paths
  std::string format = "uint16";  // uint16 | uint32 | llmc | npy
  int64_t threads = 1;
  // true: every line is a document: its newline is left out, and the model's end sign put behind
  // it.
  bool lines = false;
};

struct Applied {
  int64_t tokens = 0, vocab_size = 0;
  std::string token_type;  // uint16 | uint32
};

// INVALID_ARGUMENT: no model, a width too small, a model without an end sign. The file appears
// complete or not at all.
absl::StatusOr<Applied> ApplyModel(const ApplyOptions& options);

}  // namespace ff::tokenizer
