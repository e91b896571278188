#include "proto/wire/status.h"

namespace ff::wire {
namespace {

// Room for the other headers of a reply within the peer's 8 KiB.
constexpr size_t kMaxEncodedMessage = 6 * 1024;

// gRPC sends printable ASCII as it is and everything else as %XX.
size_t EncodedSize(unsigned char c) { return c >= 0x20 && c < 0x7f && c != '%' ? 1 : 3; }

bool IsUtf8Continuation(unsigned char c) { return (c & 0xc0) == 0x80; }

std::string CutToFit(absl::string_view message) {
  size_t encoded = 0, end = 0;
  while (end < message.size()) {
    encoded += EncodedSize(message[end]);
    if (encoded > kMaxEncodedMessage) break;
    ++end;
  }
  if (end == message.size()) return std::string(message);
  while (end > 0 && IsUtf8Continuation(message[end])) --end;
  return std::string(message.substr(0, end)) + "...";
}

}  // namespace

// Both enums take their numbers from google.rpc.Code.
static_assert(static_cast<int>(absl::StatusCode::kUnauthenticated) == grpc::UNAUTHENTICATED);
static_assert(static_cast<int>(absl::StatusCode::kNotFound) == grpc::NOT_FOUND);
static_assert(static_cast<int>(absl::StatusCode::kAborted) == grpc::ABORTED);

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), CutToFit(status.message()));
}

absl::Status FromGrpc(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

int ToHttp(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return 409;
    case absl::StatusCode::kFailedPrecondition:
      return 412;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kCancelled:
      return 499;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

std::string CodeName(absl::StatusCode code) { return absl::StatusCodeToString(code); }

}  // namespace ff::wire
