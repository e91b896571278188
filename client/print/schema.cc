#include "client/print/schema.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.h"
#include "nlohmann/json.hpp"

namespace ff::client {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using Json = nlohmann::ordered_json;

class Definitions {
 public:
  Json Reference(const Descriptor& message) {
    if (message.full_name() == "google.protobuf.Timestamp") {
      return {{"type", "string"}, {"format", "date-time"}};
    }
    // Nested ones share short names: PlannerConfig.Model, TrainerConfig.Model.
    const std::string name(absl::StripPrefix(message.full_name(), "ff.v1."));
    if (all_.count(name) == 0) {
      all_[name] = Json::object();  // known already, should it name itself
      all_[name] = Object(message);
    }
    return {{"$ref", absl::StrCat("#/$defs/", name)}};
  }

  // The object that is printed whole: with apiVersion.
  Json Whole(const Descriptor& message) {
    Json object = Object(message);
    object["properties"]["apiVersion"] = {{"const", "ff/v1"}};
    object["required"].push_back("apiVersion");
    return object;
  }

  Json All() const {
    Json all = Json::object();
    for (const auto& [name, schema] : all_) all[name] = schema;
    return all;
  }

 private:
  Json Object(const Descriptor& message) {
    Json properties = Json::object(), required = Json::array();
    for (int i = 0; i < message.field_count(); ++i) {
      const FieldDescriptor& field = *message.field(i);
      Json value = ValueOf(field);
      properties[field.name()] =
          field.is_repeated() ? Json{{"type", "array"}, {"items", value}} : value;
      required.push_back(field.name());
    }
    return {{"type", "object"},
            {"properties", properties},
            {"required", required},
            {"additionalProperties", false}};
  }

  static Json Words(const EnumDescriptor& words) {
    Json all = Json::array();
    for (int i = 0; i < words.value_count(); ++i) all.push_back(words.value(i)->name());
    return {{"type", "string"}, {"enum", all}};
  }

  Json ValueOf(const FieldDescriptor& field) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL:
        return {{"type", "boolean"}};
      case FieldDescriptor::CPPTYPE_INT32:
      case FieldDescriptor::CPPTYPE_UINT32:
      case FieldDescriptor::CPPTYPE_INT64:
      case FieldDescriptor::CPPTYPE_UINT64:
        return {{"type", "integer"}};
      case FieldDescriptor::CPPTYPE_FLOAT:
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return {{"type", Json::array({"number", "null"})}};  // null: not finite
      case FieldDescriptor::CPPTYPE_ENUM:
        return Words(*field.enum_type());
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        const Json message = Reference(*field.message_type());
        if (field.is_repeated()) return message;
        return {{"anyOf", Json::array({message, {{"type", "null"}}})}};
      }
      case FieldDescriptor::CPPTYPE_STRING:
        break;
    }
    return {{"type", "string"}};
  }

  std::map<std::string, Json> all_;
};

}  // namespace

std::string JsonSchema(const std::map<std::string, const Descriptor*>& answers) {
  Definitions definitions;
  Json properties = Json::object();
  for (const auto& [command, message] : answers) properties[command] = definitions.Whole(*message);
  const Json document = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                         {"title", "ffctl -o json, by command"},
                         {"type", "object"},
                         {"properties", properties},
                         {"$defs", definitions.All()}};
  return document.dump(1) + "\n";
}

}  // namespace ff::client
