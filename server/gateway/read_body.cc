#include "server/gateway/read_body.h"

#include "absl/strings/ascii.h"
#include "server/convert/json.h"

namespace ff::gateway {

absl::Status ReadBody(const Request& request, google::protobuf::Message* message) {
  if (absl::StripAsciiWhitespace(request.body).empty()) return absl::OkStatus();
  return convert::MergeJson(request.body, message);
}

}  // namespace ff::gateway
