// A log as it comes in, in pieces, out as whole lines that meet a pattern, made visible. Not
// thread-safe.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace re2 {
class RE2;
}

namespace ff::client {

class LogLines {
 public:
  // `pattern`: RE2's syntax; empty: every line. INVALID_ARGUMENT: it can't be read.
  static absl::StatusOr<LogLines> Make(const std::string& pattern);
  ~LogLines();
  LogLines(LogLines&&) noexcept;

  // The lines that are complete with `piece`, ready to print.
  std::string Add(const std::string& piece);
  // What has come since the last newline, as a line.
  std::string Rest();

 private:
  explicit LogLines(std::unique_ptr<re2::RE2> pattern);
  std::string Line(const std::string& line) const;
  std::unique_ptr<re2::RE2> pattern_;
  std::string open_;
};

// The last `lines` lines; all where there are no more.
std::string Tail(const std::string& text, int64_t lines);

}  // namespace ff::client
