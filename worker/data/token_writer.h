// Writes a file of tokens that appears complete or not at all: into <path>.tmp, flushed, renamed.
// Formats as TokenFile reads them. Removes what it began where it is not finished. For one thread
// at a time.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "worker/data/token_format.h"

namespace ff::data {

class TokenWriter {
 public:
  // `format`: uint16 | uint32 | llmc | npy; the last two take the width that `vocab_size` needs.
  // INVALID_ARGUMENT: unknown, or uint16 for more than 65536 tokens. UNAVAILABLE: an I/O error.
  static absl::StatusOr<std::unique_ptr<TokenWriter>> Create(const std::string& path,
                                                             const std::string& format,
                                                             int64_t vocab_size);
  ~TokenWriter();
  TokenWriter(const TokenWriter&) = delete;

  // Tokens below the vocabulary's size. RESOURCE_EXHAUSTED: disk full.
  absl::Status Append(const std::vector<int>& tokens);

  // The header's count, flush, rename. llmc holds at most 2^31 - 1 tokens: INVALID_ARGUMENT.
  absl::Status Finish();

  int64_t tokens() const { return tokens_; }
  TokenFormat width() const { return width_; }

 private:
  TokenWriter(std::string path, std::string format, TokenFormat width, FILE* file)
      : path_(std::move(path)), format_(std::move(format)), width_(width), file_(file) {}
  std::string Header() const;
  absl::Status Write(const std::string& bytes);

  const std::string path_, format_;
  const TokenFormat width_;
  FILE* file_;
  int64_t tokens_ = 0;
};

}  // namespace ff::data
