#include "conf/load/yaml_writer.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "conf/load/scalars.h"
#include "conf/load/schema.h"

namespace ff::conf {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Plain only where no reader could take it for anything but this text.
std::string QuoteText(const std::string& text) {
  constexpr char kLetters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  constexpr char kPlain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
  for (const char* word : {"null", "Null", "NULL", "true", "True", "TRUE", "false", "False",
                           "FALSE", "yes", "Yes", "no", "No", "on", "On", "off", "Off", "y", "n"}) {
    if (text == word) return absl::StrCat("\"", text, "\"");
  }
  if (!text.empty() && text.find_first_of(kLetters) == 0 &&
      text.find_first_not_of(kPlain) == std::string::npos) {
    return text;
  }
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

// The i-th item of a list, or the value itself where i is negative.
std::string Item(const Message& message, const FieldDescriptor& field, int i, bool quote) {
  const google::protobuf::Reflection& r = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return FormatNumber(i < 0 ? r.GetDouble(message, &field)
                                : r.GetRepeatedDouble(message, &field, i));
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(i < 0 ? r.GetInt32(message, &field)
                                : r.GetRepeatedInt32(message, &field, i));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(i < 0 ? r.GetInt64(message, &field)
                                : r.GetRepeatedInt64(message, &field, i));
    case FieldDescriptor::CPPTYPE_BOOL:
      return (i < 0 ? r.GetBool(message, &field) : r.GetRepeatedBool(message, &field, i)) ? "true"
                                                                                          : "false";
    default: {
      const std::string text =
          i < 0 ? r.GetString(message, &field) : r.GetRepeatedString(message, &field, i);
      return quote ? QuoteText(text) : text;
    }
  }
}

std::string List(const Message& message, const FieldDescriptor& field) {
  const int count = message.GetReflection()->FieldSize(message, &field);
  std::vector<std::string> items;
  items.reserve(count);
  for (int i = 0; i < count; ++i) {
    items.push_back(Item(message, field, i, true));
  }
  return absl::StrCat("[", absl::StrJoin(items, ", "), "]");
}

void Write(const Message& message, const std::string& path, const std::string& indent,
           const Origins* origins, std::string* out) {
  const google::protobuf::Descriptor& descriptor = *message.GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    const std::string full = path.empty() ? field.name() : absl::StrCat(path, ".", field.name());
    if (IsGroup(field)) {
      absl::StrAppend(out, indent, field.name(), ":\n");
      Write(message.GetReflection()->GetMessage(message, &field), full, indent + "  ", origins,
            out);
      continue;
    }
    absl::StrAppend(out, indent, field.name(), ": ", ValueToYaml(message, field));
    if (origins != nullptr) {
      const auto origin = origins->find(full);
      if (origin != origins->end()) absl::StrAppend(out, "  # ", origin->second);
    }
    absl::StrAppend(out, "\n");
  }
}

}  // namespace

std::string ToYaml(const Message& message, const std::string& path, const Origins* origins) {
  std::string out;
  Write(message, path, "", origins, &out);
  return out;
}

std::string ValueToYaml(const Message& message, const FieldDescriptor& field) {
  return field.is_repeated() ? List(message, field) : Item(message, field, -1, true);
}

std::string ValueToOverride(const Message& message, const FieldDescriptor& field) {
  return field.is_repeated() ? List(message, field) : Item(message, field, -1, false);
}

}  // namespace ff::conf
