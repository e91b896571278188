#include "worker/data/dataset_info.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "worker/data/token_format.h"

namespace ff::data {
namespace {

constexpr int64_t kBlocks = 64;
constexpr int64_t kBlockBytes = 64 * 1024;

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
  }
  void Add(const void* data, size_t bytes) { EVP_DigestUpdate(context_.get(), data, bytes); }
  std::string Finish() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    EVP_DigestFinal_ex(context_.get(), digest, &length);
    return absl::BytesToHexString(std::string(reinterpret_cast<char*>(digest), length));
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

// Block i of a long file starts at i (bytes - kBlockBytes) / (kBlocks - 1): the first block
// is the file's beginning, the last its end.
absl::StatusOr<std::string> Fingerprint(const std::string& path, const std::string& format,
                                        int64_t bytes) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::InvalidArgumentError(
        absl::StrCat("dataset ", path, " cannot be read: ", std::strerror(errno)));
  }
  Sha256 hash;
  const std::string head = absl::StrCat("ff.dataset.v1\n", format, "\n", bytes, "\n");
  hash.Add(head.data(), head.size());
  const bool whole = bytes <= kBlocks * kBlockBytes;
  const int64_t blocks = whole ? (bytes + kBlockBytes - 1) / kBlockBytes : kBlocks;
  std::vector<char> block(kBlockBytes);
  for (int64_t i = 0; i < blocks; ++i) {
    const int64_t offset = whole ? i * kBlockBytes : i * (bytes - kBlockBytes) / (kBlocks - 1);
    const int64_t length = std::min(kBlockBytes, bytes - offset);
    file.seekg(offset);
    if (!file.read(block.data(), length)) {
      return absl::InvalidArgumentError(
          absl::StrCat("dataset ", path, ": reading ", length, " bytes at offset ", offset,
                       " failed; was the file cut while it was read?"));
    }
    hash.Add(block.data(), length);
  }
  return hash.Finish().substr(0, 32);
}

}  // namespace

absl::StatusOr<DatasetInfo> ProbeDataset(const std::string& path, const std::string& format) {
  absl::StatusOr<TokenLayout> layout = ReadLayout(path, format);
  if (!layout.ok()) return layout.status();
  std::error_code error;
  const auto bytes = static_cast<int64_t>(std::filesystem::file_size(path, error));
  if (error) {
    return absl::InvalidArgumentError(absl::StrCat("dataset ", path, ": ", error.message()));
  }
  absl::StatusOr<std::string> fingerprint = Fingerprint(path, format, bytes);
  if (!fingerprint.ok()) return fingerprint.status();
  return DatasetInfo{bytes, layout->tokens, *std::move(fingerprint)};
}

}  // namespace ff::data
