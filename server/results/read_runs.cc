#include "server/results/read_runs.h"

#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace ff::results {
namespace {

// The first bytes, and a source that gives them once more before the rest.
absl::StatusOr<std::pair<std::string, ByteSource>> PeekAt(ByteSource source) {
  std::string head(4096, '\0');
  const absl::StatusOr<size_t> got = source(head.data(), head.size());
  if (!got.ok()) return got.status();
  head.resize(*got);
  ByteSource again = [head, source = std::move(source), at = size_t{0}](
                         char* into, size_t size) mutable -> absl::StatusOr<size_t> {
    if (at == head.size()) return source(into, size);
    const size_t taken = std::min(size, head.size() - at);
    std::memcpy(into, head.data() + at, taken);
    at += taken;
    return taken;
  };
  return std::make_pair(std::move(head), std::move(again));
}

bool LooksLikeJson(absl::string_view head) {
  if (absl::StartsWith(head, "\xEF\xBB\xBF")) head.remove_prefix(3);
  head = absl::StripLeadingAsciiWhitespace(head);
  return absl::StartsWith(head, "[") || absl::StartsWith(head, "{");
}

}  // namespace

absl::StatusOr<RunFile> ReadRunFile(const std::string& path, const ReadOptions& options) {
  absl::StatusOr<ByteSource> source = OpenFile(path);
  if (!source.ok()) return source.status();
  const std::string name = path == "-" ? "standard input" : path;
  if (absl::EndsWithIgnoreCase(path, ".csv") || absl::EndsWithIgnoreCase(path, ".tsv")) {
    return ReadCsvRuns(name, *std::move(source), options);
  }
  if (absl::EndsWithIgnoreCase(path, ".json")) {
    return ReadJsonRuns(name, *std::move(source), options);
  }
  auto peeked = PeekAt(*std::move(source));
  if (!peeked.ok()) return peeked.status();
  auto& [head, rest] = *peeked;
  return LooksLikeJson(head) ? ReadJsonRuns(name, std::move(rest), options)
                             : ReadCsvRuns(name, std::move(rest), options);
}

}  // namespace ff::results
