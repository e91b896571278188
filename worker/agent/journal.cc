#include "worker/agent/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <set>
#include <utility>

#include "absl/strings/str_split.h"
#include "worker/checkpoint/durable.h"

namespace ff::agent {
namespace {

using protocol::Report;

int64_t StepOf(const Report& report) {
  if (const auto* measurement = std::get_if<protocol::Measurement>(&report)) {
    return measurement->step;
  }
  if (const auto* evaluation = std::get_if<protocol::Evaluation>(&report)) return evaluation->step;
  if (const auto* started = std::get_if<protocol::Started>(&report)) {
    return started->resumed_from_step;
  }
  return 0;
}

double SecondsOf(const Report& report) {
  if (const auto* measurement = std::get_if<protocol::Measurement>(&report)) {
    return measurement->seconds;
  }
  const auto* evaluation = std::get_if<protocol::Evaluation>(&report);
  return evaluation == nullptr ? 0 : evaluation->seconds;
}

std::vector<Report> ParseLines(const std::string& text) {
  std::vector<Report> reports;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    absl::StatusOr<Report> report = protocol::ParseReport(line);
    if (report.ok()) reports.push_back(*std::move(report));
  }
  return reports;
}

// A measurement and an evaluation of one step are two.
std::pair<size_t, int64_t> KeyOf(const Report& report) { return {report.index(), StepOf(report)}; }

void AddMissing(const std::vector<Report>& repeated, int64_t step, std::vector<Report>& kept) {
  std::set<std::pair<size_t, int64_t>> known;
  for (const Report& report : kept) known.insert(KeyOf(report));
  for (const Report& report : repeated) {
    if (StepOf(report) <= step && known.insert(KeyOf(report)).second) kept.push_back(report);
  }
}

// `seconds` of a report count from its attempt's `started`: the sum of what each attempt had
// reached is the time of all.
Journal::Content ToContent(std::vector<Report> reports) {
  Journal::Content content;
  double attempt = 0;
  for (Report& report : reports) {
    if (std::holds_alternative<protocol::Started>(report)) {
      content.seconds += std::exchange(attempt, 0);
    } else {
      attempt = std::max(attempt, SecondsOf(report));
      content.reports.push_back(std::move(report));
    }
  }
  content.seconds += attempt;
  return content;
}

}  // namespace

Journal::~Journal() { Close(); }

void Journal::Close() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

absl::StatusOr<Journal::Content> Journal::Read() const {
  const absl::StatusOr<std::string> text = checkpoint::ReadFile(path_);
  if (absl::IsNotFound(text.status())) return Content{};
  if (!text.ok()) return text.status();
  return ToContent(ParseLines(*text));
}

absl::StatusOr<Journal::Content> Journal::RewindTo(int64_t step,
                                                   const std::vector<Report>& repeated) {
  const absl::StatusOr<std::string> text = checkpoint::ReadFile(path_);
  if (!text.ok() && !absl::IsNotFound(text.status())) return text.status();
  std::vector<Report> kept = text.ok() ? ParseLines(*text) : std::vector<Report>{};
  std::erase_if(kept, [&](const Report& report) { return StepOf(report) > step; });
  if (step == 0) kept.clear();
  AddMissing(repeated, step, kept);
  std::string lines;
  for (const Report& report : kept) lines += protocol::ToLine(report) + "\n";
  Close();
  const std::string fresh = path_ + ".tmp";
  if (absl::Status written = checkpoint::WriteFileDurably(fresh, lines); !written.ok()) {
    return written;
  }
  if (std::rename(fresh.c_str(), path_.c_str()) != 0) {
    return checkpoint::IoError("renaming", fresh, errno);
  }
  Content content = ToContent(std::move(kept));
  std::stable_sort(content.reports.begin(), content.reports.end(),
                   [](const Report& a, const Report& b) { return StepOf(a) < StepOf(b); });
  return content;
}

absl::Status Journal::OpenForAppend() {
  if (fd_ >= 0) return absl::OkStatus();
  fd_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  return fd_ >= 0 ? absl::OkStatus() : checkpoint::IoError("opening", path_, errno);
}

absl::Status Journal::Append(const Report& report) {
  if (absl::Status opened = OpenForAppend(); !opened.ok()) return opened;
  const std::string line = protocol::ToLine(report) + "\n";
  const ssize_t written = write(fd_, line.data(), line.size());
  if (written == static_cast<ssize_t>(line.size())) return absl::OkStatus();
  const int error = written < 0 ? errno : ENOSPC;
  // Ends a half line, so that the next one is not lost with it; may fail like the first.
  if (written > 0) [[maybe_unused]]
    const ssize_t ended = write(fd_, "\n", 1);
  return checkpoint::IoError("writing", path_, error);
}

absl::Status Journal::Flush() {
  if (fd_ < 0 || fdatasync(fd_) == 0) return absl::OkStatus();
  return checkpoint::IoError("flushing", path_, errno);
}

}  // namespace ff::agent
