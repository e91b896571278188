#include "client/commands/log_lines.h"

#include <re2/re2.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/print/text.h"

namespace ff::client {

LogLines::LogLines(std::unique_ptr<re2::RE2> pattern) : pattern_(std::move(pattern)) {}
LogLines::~LogLines() = default;
LogLines::LogLines(LogLines&&) noexcept = default;

absl::StatusOr<LogLines> LogLines::Make(const std::string& pattern) {
  if (pattern.empty()) return LogLines(nullptr);
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto compiled = std::make_unique<re2::RE2>(pattern, options);
  if (!compiled->ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--grep: '", pattern, "' is no pattern: ", compiled->error()));
  }
  return LogLines(std::move(compiled));
}

std::string LogLines::Line(const std::string& line) const {
  if (pattern_ != nullptr && !re2::RE2::PartialMatch(line, *pattern_)) return "";
  return VisibleLine(line) + "\n";
}

std::string LogLines::Add(const std::string& piece) {
  open_ += piece;
  std::string lines;
  size_t begin = 0;
  for (size_t end; (end = open_.find('\n', begin)) != std::string::npos; begin = end + 1) {
    lines += Line(open_.substr(begin, end - begin));
  }
  open_.erase(0, begin);
  return lines;
}

std::string LogLines::Rest() {
  if (open_.empty()) return "";
  return Line(std::exchange(open_, ""));
}

std::string Tail(const std::string& text, int64_t lines) {
  size_t at = text.size();
  if (at > 0 && text.back() == '\n') --at;
  for (int64_t i = 0; i < lines; ++i) {
    if (at == 0) return text;
    const size_t newline = text.rfind('\n', at - 1);
    if (newline == std::string::npos) return text;
    at = newline;
  }
  return text.substr(at + 1);
}

}  // namespace ff::client
