#include "worker/protocol/recent_reports.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace ff::protocol {

void RecentReports::Add(const Report& report) {
  if (!std::holds_alternative<Measurement>(report) && !std::holds_alternative<Evaluation>(report)) {
    return;
  }
  reports_.push_back(report);
  if (reports_.size() > kMost) reports_.pop_front();
}

std::string RecentReports::ToText() const {
  std::string text;
  for (const Report& report : reports_) absl::StrAppend(&text, ToLine(report), "\n");
  return text;
}

absl::Status RecentReports::Restore(absl::string_view text) {
  RecentReports fresh;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    ++number;
    const absl::StatusOr<Report> report = ParseReport(line);
    if (!report.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("saved report ", number, " cannot be read: ", report.status().message()));
    }
    fresh.Add(*report);
  }
  *this = std::move(fresh);
  return absl::OkStatus();
}

}  // namespace ff::protocol
