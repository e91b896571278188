#include "client/errors.h"

#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace ff::client {
namespace {

constexpr char kNextUrl[] = "flops-fit/next";

struct ExitMeaning {
  Exit code;
  const char* meaning;
};
constexpr ExitMeaning kMeanings[] = {
    {Exit::kOk, "done"},
    {Exit::kError, "error"},
    {Exit::kUsage, "usage: unknown command, flag or configuration key, value out of range"},
    {Exit::kNotFound, "not found, or in conflict with what exists"},
    {Exit::kUnauthorized, "not allowed"},
    {Exit::kUnreachable, "coordinator unreachable"},
    {Exit::kExperimentsFailed, "done, but some experiments failed"},
    {Exit::kTimeout, "timed out"},
    {Exit::kInterrupted, "interrupted (^C); what was started goes on"},
    {Exit::kDiffFailed, "plan --diff: error (its 1 says that something would change)"},
};

}  // namespace

Exit ExitOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return Exit::kOk;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return Exit::kUsage;
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return Exit::kNotFound;
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return Exit::kUnauthorized;
    case absl::StatusCode::kUnavailable:
      return Exit::kUnreachable;
    case absl::StatusCode::kDeadlineExceeded:
      return Exit::kTimeout;
    case absl::StatusCode::kCancelled:
      return Exit::kInterrupted;
    default:
      return Exit::kError;
  }
}

std::string ExitCodeHelp() {
  std::string text = "Exit codes:\n";
  for (const ExitMeaning& m : kMeanings) {
    absl::StrAppendFormat(&text, "  %3d  %s\n", static_cast<int>(m.code), m.meaning);
  }
  return text;
}

absl::Status Fail(absl::StatusCode code, const std::string& what, const std::string& why,
                  const std::string& next) {
  return WithNext(absl::Status(code, why.empty() ? what : absl::StrCat(what, "\n", why)), next);
}

absl::Status WithNext(absl::Status status, const std::string& next) {
  if (status.ok() || next.empty() || !NextOf(status).empty()) return status;
  status.SetPayload(kNextUrl, absl::Cord(next));
  return status;
}

std::string NextOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kNextUrl);
  return payload.has_value() ? std::string(*payload) : "";
}

std::string ErrorText(const absl::Status& status, const Style& style) {
  std::string message = VisibleText(absl::StripAsciiWhitespace(status.message()));
  if (message.empty()) message = absl::StatusCodeToString(status.code());
  const std::vector<std::string> lines = absl::StrSplit(message, '\n');
  std::string text = absl::StrCat(style.Red("error:"), " ", lines.front(), "\n");
  for (size_t i = 1; i < lines.size(); ++i) absl::StrAppend(&text, "  ", lines[i], "\n");
  const std::string next = NextOf(status);
  if (!next.empty()) absl::StrAppend(&text, "  next: ", VisibleLine(next), "\n");
  return text;
}

}  // namespace ff::client
