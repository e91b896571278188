#include "server/results/read_runs.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

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
    const size_t taken = head.copy(into, size, at);
    at += taken;
    return taken;
  };
  return std::make_pair(std::move(head), std::move(again));
}

bool LooksLikeJson(absl::string_view head) {
  return absl::StartsWith(head, "[") || absl::StartsWith(head, "{");
}

// A whole object on the first line and another one behind it.
bool LooksLikeJsonLines(absl::string_view head) {
  const size_t end = head.find('\n');
  if (!absl::StartsWith(head, "{") || end == absl::string_view::npos) return false;
  return absl::EndsWith(absl::StripTrailingAsciiWhitespace(head.substr(0, end)), "}") &&
         absl::StartsWith(absl::StripLeadingAsciiWhitespace(head.substr(end)), "{");
}

// Files that are no text, by how they begin, and what to do with them. Empty: none of those.
std::string WhyForeign(absl::string_view head) {
  struct Kind {
    absl::string_view begins, what;
  };
  constexpr absl::string_view kTable =
      "is not read; write it as CSV, with pandas for one: "
      "read_...(FILE).to_csv(\"runs.csv\", index=False)";
  for (const auto& [begins, what] : {Kind{"\x1F\x8B", "gzip"}, Kind{"\x28\xB5\x2F\xFD", "zstd"},
                                     Kind{"\xFD"
                                          "7zXZ",
                                          "xz"},
                                     Kind{"BZh", "bzip2"}}) {
    if (absl::StartsWith(head, begins)) {
      return absl::StrCat("it is compressed (", what, "); unpack it, into a pipe for one: ", what,
                          " -dc FILE | ffctl analyze --results -");
    }
  }
  for (const auto& [begins, what] :
       {Kind{"PAR1", "Parquet"}, Kind{"ARROW1", "Arrow"}, Kind{"PK\x03\x04", "a zip or XLSX file"},
        Kind{"\x89HDF", "HDF5"}, Kind{"\x93NUMPY", "NumPy's format"}, Kind{"\x80\x04", "pickle"},
        Kind{"SQLite format 3", "SQLite"}}) {
    if (absl::StartsWith(head, begins)) return absl::StrCat(what, " ", kTable);
  }
  return "";
}

}  // namespace

absl::StatusOr<RunFile> ReadRunFile(const std::string& path, const ReadOptions& options) {
  absl::StatusOr<ByteSource> source = OpenFile(path);
  if (!source.ok()) return source.status();
  const std::string name = path == "-" ? "standard input" : path;
  auto peeked = PeekAt(*std::move(source));
  if (!peeked.ok()) return peeked.status();
  auto& [head, rest] = *peeked;
  if (const std::string why = WhyForeign(head); !why.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": ", why));
  }
  absl::string_view text = head;
  absl::ConsumePrefix(&text, "\xEF\xBB\xBF");
  text = absl::StripLeadingAsciiWhitespace(text);
  const auto ends = [&path](absl::string_view ending) {
    return absl::EndsWithIgnoreCase(path, ending);
  };
  if (ends(".csv") || ends(".tsv")) return ReadCsvRuns(name, std::move(rest), options);
  if (ends(".jsonl") || ends(".ndjson") || LooksLikeJsonLines(text)) {
    return ReadJsonLinesRuns(name, std::move(rest), options);
  }
  if (ends(".json") || LooksLikeJson(text)) return ReadJsonRuns(name, std::move(rest), options);
  return ReadCsvRuns(name, std::move(rest), options);
}

}  // namespace ff::results
