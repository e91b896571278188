#include "server/convert/json.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>

#include <memory>

#include "absl/strings/str_cat.h"

namespace ff::convert {
namespace {

namespace pb = google::protobuf;

constexpr char kTypeUrl[] = "type.googleapis.com";

pb::util::TypeResolver* Resolver() {
  static pb::util::TypeResolver* const resolver =
      pb::util::NewTypeResolverForDescriptorPool(kTypeUrl, pb::DescriptorPool::generated_pool());
  return resolver;
}

}  // namespace

absl::StatusOr<std::string> ToJson(const pb::Message& message) {
  pb::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  const auto status = pb::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) {
    return absl::InternalError(absl::StrCat("cannot write a ", message.GetDescriptor()->name(),
                                            " as JSON: ", std::string(status.message())));
  }
  return json;
}

// Through the binary form, since only there a zero that the JSON spells out is seen and
// overrides; protobuf's own JSON reader always starts from an empty message.
absl::Status MergeJson(absl::string_view json, pb::Message* message) {
  const std::string url = absl::StrCat(kTypeUrl, "/", message->GetDescriptor()->full_name());
  std::string binary;
  const auto status =
      pb::util::JsonToBinaryString(Resolver(), url, {json.data(), json.size()}, &binary);
  if (!status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("not the JSON of a ",
                                                   message->GetDescriptor()->name(), ": ",
                                                   std::string(status.message())));
  }
  if (!message->MergeFromString(binary)) {
    return absl::InvalidArgumentError(
        absl::StrCat("text in the JSON of a ", message->GetDescriptor()->name(), " is not UTF-8"));
  }
  return absl::OkStatus();
}

}  // namespace ff::convert
