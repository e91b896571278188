// Logging of every program: one line an event on standard error,
// "2026-01-31T12:00:00.123Z info coordinator: text". spdlog stays behind logging.cc, so
// that who logs does not compile it. SetUpLogging: once, from main, before threads start;
// the others from any thread. Without SetUpLogging the level is info.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace ff::conf {

enum class LogLevel { kTrace, kDebug, kInfo, kWarning, kError };

// level: trace | debug | info | warning | error; anything else is taken for info.
void SetUpLogging(const std::string& program, const std::string& level);

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
