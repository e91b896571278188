#include "worker/synthetic/fault.h"

#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace ff::synthetic {
namespace {

struct Entry {
  const char* name;
  Fault::Kind kind;
  const char* meaning;
};
constexpr Entry kFaults[] = {
    {"crash_at_step", Fault::Kind::kCrash, "aborts (SIGABRT) when that step would finish"},
    {"hang_at_step", Fault::Kind::kHang, "says nothing and hears nothing from that step on"},
    {"nan_at_step", Fault::Kind::kNan, "reports a diverged loss at that step"},
    {"garbage_at_step", Fault::Kind::kGarbage, "writes a line that is no report at that step"},
    {"exit_code", Fault::Kind::kExit, "exits with that code when told to start"},
};

}  // namespace

std::string FaultHelp() {
  std::string help;
  for (const Entry& entry : kFaults) {
    absl::StrAppend(&help, "    ", entry.name, ":N  ", entry.meaning, "\n");
  }
  return help;
}

absl::StatusOr<Fault> ParseFault(const std::string& text) {
  if (text.empty()) return Fault{};
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits(':', 1));
  Fault fault;
  for (const Entry& entry : kFaults) {
    if (parts.first == entry.name) fault.kind = entry.kind;
  }
  if (fault.kind == Fault::Kind::kNone || !absl::SimpleAtoi(parts.second, &fault.number)) {
    return absl::InvalidArgumentError(
        absl::StrCat("FF_SYNTHETIC_FAULT=", text, " is no fault; there are\n", FaultHelp()));
  }
  return fault;
}

}  // namespace ff::synthetic
