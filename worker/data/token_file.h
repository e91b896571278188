// A dataset file, memory-mapped and read as tokens. Opening checks its length, reading
// checks each token against the vocabulary; errors name file and offset.
// Immutable after Open; reading is thread-safe. A file that is cut while it is mapped
// ends the process (SIGBUS), as with every memory map.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "worker/data/token_format.h"

namespace ff::data {

class TokenFile {
 public:
  // NOT_FOUND, INVALID_ARGUMENT: as ProbeDataset. `vocab_size`: larger tokens are errors.
  static absl::StatusOr<std::unique_ptr<TokenFile>> Open(const std::string& path,
                                                         const std::string& format,
                                                         int64_t vocab_size);
  ~TokenFile();
  TokenFile(const TokenFile&) = delete;
  TokenFile& operator=(const TokenFile&) = delete;

  int64_t tokens() const { return layout_.tokens; }

  // Copies tokens [first, first + count) to `out`. OUT_OF_RANGE: the range leaves the file.
  // INVALID_ARGUMENT: a token is not below the vocabulary's size.
  absl::Status Read(int64_t first, int64_t count, int64_t* out) const;

 private:
  TokenFile(std::string path, const TokenLayout& layout, int64_t vocab_size, int64_t bytes,
            const void* data);

  const std::string path_;
  const TokenLayout layout_;
  const int64_t vocab_size_, bytes_;
  const void* const data_;  // of the whole file
};

}  // namespace ff::data
