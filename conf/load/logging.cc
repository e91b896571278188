#include "conf/load/logging.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <mutex>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace ff::conf {
namespace {

std::atomic<bool> is_set_up{false};
std::atomic<bool> as_json{false};
thread_local std::string trace_id;

const char* WordOf(LogLevel level) {
  constexpr const char* kWords[] = {"trace", "debug", "info", "warning", "error"};
  return kWords[static_cast<int>(level)];
}

// Line breaks become breaks within the entry; other control characters, C1 in UTF-8 among them,
// are shown instead of obeyed.
std::string Inert(absl::string_view text) {
  std::string inert;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    if (c == '\n') {
      if (i + 1 < text.size()) inert += "\n  | ";
    } else if (c == 0xc2 && next >= 0x80 && next < 0xa0) {
      inert += absl::StrFormat("\\x%02x", next);
      ++i;
    } else if ((c < 0x20 && c != '\t') || c == 0x7f) {
      inert += absl::StrFormat("\\x%02x", c);
    } else {
      inert += static_cast<char>(c);
    }
  }
  return inert;
}

std::string Quoted(absl::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      quoted += absl::StrFormat("\\u%04x", byte);
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string JsonLine(LogLevel level, const std::string& program, absl::string_view text) {
  std::string line = absl::StrCat(
      "{\"time\":\"", absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone()),
      "\",\"level\":\"", WordOf(level), "\",\"program\":", Quoted(program));
  if (!trace_id.empty()) absl::StrAppend(&line, ",\"trace\":", Quoted(trace_id));
  absl::StrAppend(&line, ",\"text\":", Quoted(text), "}");
  return line;
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace:
      return spdlog::level::trace;
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

LogLevel FromWord(const std::string& word) {
  if (word == "trace") return LogLevel::kTrace;
  if (word == "debug") return LogLevel::kDebug;
  if (word == "warning") return LogLevel::kWarning;
  if (word == "error") return LogLevel::kError;
  return LogLevel::kInfo;
}

// spdlog's own default logger writes to standard output, which belongs to results.
void EnsureSetUp() {
  static std::once_flag once;
  if (is_set_up.load(std::memory_order_acquire)) return;
  std::call_once(once, [] {
    if (!is_set_up.load(std::memory_order_acquire)) SetUpLogging("flops-fit", "info");
  });
}

}  // namespace

void SetUpLogging(const std::string& program, const std::string& level, const std::string& format) {
  auto logger =
      std::make_shared<spdlog::logger>(program, std::make_shared<spdlog::sinks::stderr_sink_mt>());
  as_json.store(format == "json", std::memory_order_relaxed);
  logger->set_pattern(format == "json" ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %l %n: %v",
                      spdlog::pattern_time_type::utc);
  logger->set_level(ToSpdlog(FromWord(level)));
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
  is_set_up.store(true, std::memory_order_release);
}

bool LogEnabled(LogLevel level) {
  EnsureSetUp();
  return spdlog::default_logger_raw()->should_log(ToSpdlog(level));
}

void Log(LogLevel level, absl::string_view text) {
  EnsureSetUp();
  spdlog::logger* const logger = spdlog::default_logger_raw();
  if (!logger->should_log(ToSpdlog(level))) return;
  std::string line;
  if (as_json.load(std::memory_order_relaxed)) {
    line = JsonLine(level, logger->name(), text);
  } else {
    line = Inert(text);
    if (!trace_id.empty()) absl::StrAppend(&line, " trace=", trace_id);
  }
  logger->log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

LogTrace::LogTrace(std::string id) : before_(std::exchange(trace_id, std::move(id))) {}

LogTrace::~LogTrace() { trace_id = before_; }

}  // namespace ff::conf
