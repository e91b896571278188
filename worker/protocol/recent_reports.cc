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
  lines_.push_back(ToLine(report));
  if (lines_.size() > kMost) lines_.pop_front();
}

std::string RecentReports::ToText() const {
  std::string text;
  for (const std::string& line : lines_) absl::StrAppend(&text, line, "\n");
  return text;
}

std::vector<Report> RecentReports::reports() const {
  std::vector<Report> reports;
  for (const std::string& line : lines_) {
    absl::StatusOr<Report> report = ParseReport(line);
    if (report.ok()) reports.push_back(*std::move(report));  // Add and Restore let no others in
  }
  return reports;
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
