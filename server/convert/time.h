// Points in time between absl and protobuf. The domain says "not yet" or "not known" with
// an infinite time or the Unix epoch; on the wire both are an absent timestamp.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include "absl/time/time.h"

namespace ff::convert {

// True where `time` is a real moment that belongs on the wire.
bool IsKnown(absl::Time time);

google::protobuf::Timestamp ToProto(absl::Time time);
absl::Time FromProto(const google::protobuf::Timestamp& time);

}  // namespace ff::convert
