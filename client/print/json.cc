#include "client/print/json.h"

#include <cmath>
#include <string>

#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"
#include "nlohmann/json.hpp"

namespace ff::client {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Json = nlohmann::ordered_json;

Json ToObject(const Message& message);

Json Number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json MessageValue(const Message& value) {
  if (value.GetDescriptor()->full_name() == "google.protobuf.Timestamp") {
    const auto& time = static_cast<const google::protobuf::Timestamp&>(value);
    const absl::Time when = absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
    return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E*SZ", when, absl::UTCTimeZone());
  }
  return ToObject(value);
}

// `index` < 0: the field is not repeated.
Json Value(const Message& m, const Reflection& r, const FieldDescriptor* f, int index) {
  const bool one = index < 0;
  switch (f->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return one ? r.GetInt32(m, f) : r.GetRepeatedInt32(m, f, index);
    case FieldDescriptor::CPPTYPE_INT64:
      return one ? r.GetInt64(m, f) : r.GetRepeatedInt64(m, f, index);
    case FieldDescriptor::CPPTYPE_UINT32:
      return one ? r.GetUInt32(m, f) : r.GetRepeatedUInt32(m, f, index);
    case FieldDescriptor::CPPTYPE_UINT64:
      return one ? r.GetUInt64(m, f) : r.GetRepeatedUInt64(m, f, index);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Number(one ? r.GetFloat(m, f) : r.GetRepeatedFloat(m, f, index));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Number(one ? r.GetDouble(m, f) : r.GetRepeatedDouble(m, f, index));
    case FieldDescriptor::CPPTYPE_BOOL:
      return one ? r.GetBool(m, f) : r.GetRepeatedBool(m, f, index);
    case FieldDescriptor::CPPTYPE_STRING:
      return one ? r.GetString(m, f) : r.GetRepeatedString(m, f, index);
    case FieldDescriptor::CPPTYPE_ENUM:
      return (one ? r.GetEnum(m, f) : r.GetRepeatedEnum(m, f, index))->name();
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (one && !r.HasField(m, f)) return nullptr;
      return MessageValue(one ? r.GetMessage(m, f) : r.GetRepeatedMessage(m, f, index));
  }
  return nullptr;
}

Json ToObject(const Message& message) {
  const Reflection& reflection = *message.GetReflection();
  Json object = Json::object();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    if (!field->is_repeated()) {
      object[field->name()] = Value(message, reflection, field, -1);
      continue;
    }
    Json list = Json::array();
    for (int j = 0; j < reflection.FieldSize(message, field); ++j) {
      list.push_back(Value(message, reflection, field, j));
    }
    object[field->name()] = std::move(list);
  }
  return object;
}

}  // namespace

std::string ToJson(const Message& message) {
  Json object = {{"apiVersion", "ff/v1"}};
  object.update(ToObject(message));
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ff::client
