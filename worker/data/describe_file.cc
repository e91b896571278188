#include "worker/data/describe_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "worker/data/dataset_info.h"
#include "worker/data/token_file.h"

namespace ff::data {
namespace {

constexpr int64_t kAtOnce = 1 << 16;
constexpr int64_t kAnyToken = int64_t{1} << 32;
constexpr size_t kFirst = 16;

// What the beginning looks like.
std::string Guess(absl::string_view head) {
  if (head.find('\0') == absl::string_view::npos) return "bytes";
  size_t zero_halves = 0;
  const size_t words = head.size() / 4;
  for (size_t i = 0; i < words; ++i) zero_halves += head[4 * i + 2] == 0 && head[4 * i + 3] == 0;
  return words > 0 && zero_halves == words ? "uint32" : "uint16";
}

absl::StatusOr<std::string> Head(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const std::string message = absl::StrCat("dataset ", path, ": ", std::strerror(errno));
    return errno == ENOENT ? absl::NotFoundError(message) : absl::InvalidArgumentError(message);
  }
  std::string head(kHeadBytes, '\0');
  file.read(head.data(), kHeadBytes);
  head.resize(static_cast<size_t>(file.gcount()));
  return head;
}

absl::Status Scan(const TokenFile& file, FileDescription* out) {
  std::vector<bool> seen;
  std::vector<int64_t> tokens(kAtOnce);
  for (int64_t at = 0; at < file.tokens(); at += kAtOnce) {
    const int64_t count = std::min(kAtOnce, file.tokens() - at);
    if (absl::Status read = file.Read(at, count, tokens.data()); !read.ok()) return read;
    for (int64_t i = 0; i < count; ++i) {
      const auto token = static_cast<size_t>(tokens[i]);
      if (out->first.size() < kFirst) out->first.push_back(tokens[i]);
      if (tokens[i] > out->largest) {
        out->largest = tokens[i];
        out->largest_offset = out->layout.offset + (at + i) * TokenBytes(out->layout.format);
      }
      if (token >= seen.size()) seen.resize(token + 1);
      if (!seen[token]) ++out->distinct;
      seen[token] = true;
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FileDescription> DescribeFile(const std::string& path, std::string format) {
  FileDescription out;
  if (format.empty()) {
    const absl::StatusOr<std::string> head = Head(path);
    if (!head.ok()) return head.status();
    format = FormatByMagic(*head);
    out.guessed = format.empty();
    if (out.guessed) format = Guess(*head);
  }
  const absl::StatusOr<DatasetInfo> info = ProbeDataset(path, format);
  if (!info.ok()) return info.status();
  const absl::StatusOr<TokenLayout> layout = ReadLayout(path, format);
  if (!layout.ok()) return layout.status();
  out.format = format, out.layout = *layout;
  out.bytes = info->bytes, out.fingerprint = info->fingerprint;
  out.largest_offset = layout->offset;
  const auto file = TokenFile::Open(path, format, kAnyToken);
  if (!file.ok()) return file.status();
  if (absl::Status scanned = Scan(**file, &out); !scanned.ok()) return scanned;
  return out;
}

}  // namespace ff::data
