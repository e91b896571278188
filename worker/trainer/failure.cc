#include "worker/trainer/failure.h"

#include <utility>

#include "absl/strings/cord.h"

namespace ff::trainer {
namespace {

constexpr char kPayload[] = "flops-fit/failure-kind";

}  // namespace

absl::Status WithKind(absl::Status status, absl::string_view kind) {
  status.SetPayload(kPayload, absl::Cord(kind));  // does nothing to an OK status
  return status;
}

absl::Status Failure(absl::string_view kind, absl::string_view message) {
  return WithKind(absl::InternalError(message), kind);
}

std::string FailureKind(const absl::Status& status) {
  const auto kind = status.GetPayload(kPayload);
  return kind.has_value() ? std::string(*kind) : "internal";
}

}  // namespace ff::trainer
