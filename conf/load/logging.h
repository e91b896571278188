// Logging of every program: one line an event on standard error,
// "2026-01-31T12:00:00.123Z info coordinator: text", or a JSON object with the same. What is
// logged may hold what others chose: a line break in it begins no new entry and no control
// character reaches a terminal. spdlog stays behind logging.cc, so that who logs does not compile
// it. SetUpLogging: once, from main, before threads start; the others from any thread. Without
// SetUpLogging the level is info.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace ff::conf {

enum class LogLevel { kTrace, kDebug, kInfo, kWarning, kError };

// level: trace | debug | info | warning | error; anything else is taken for info. format: json, or
// anything else for text.
void SetUpLogging(const std::string& program, const std::string& level,
                  const std::string& format = "text");

// While it lives, what this thread logs carries the trace's id (32 hex digits; empty: none).
class LogTrace {
 public:
  explicit LogTrace(std::string id);
  ~LogTrace();
  LogTrace(const LogTrace&) = delete;

 private:
  const std::string before_;
};

// True where a line of this level would be written; for texts that cost something to make.
bool LogEnabled(LogLevel level);
void Log(LogLevel level, absl::string_view text);

// LogInfo("listening on ", address): the parts are joined as by absl::StrCat.
template <typename... Parts>
void LogDebug(const Parts&... parts) {
  if (LogEnabled(LogLevel::kDebug)) Log(LogLevel::kDebug, absl::StrCat(parts...));
}
template <typename... Parts>
void LogInfo(const Parts&... parts) {
  Log(LogLevel::kInfo, absl::StrCat(parts...));
}
template <typename... Parts>
void LogWarning(const Parts&... parts) {
  Log(LogLevel::kWarning, absl::StrCat(parts...));
}
template <typename... Parts>
void LogError(const Parts&... parts) {
  Log(LogLevel::kError, absl::StrCat(parts...));
}

}  // namespace ff::conf
