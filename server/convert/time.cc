#include "server/convert/time.h"

namespace ff::convert {

bool IsKnown(absl::Time time) {
  return time != absl::UnixEpoch() && time != absl::InfiniteFuture() &&
         time != absl::InfinitePast();
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp proto;
  const int64_t seconds = absl::ToUnixSeconds(time);
  proto.set_seconds(seconds);
  const auto rest = absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds));
  proto.set_nanos(static_cast<int32_t>(rest));
  return proto;
}

absl::Time FromProto(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

}  // namespace ff::convert
