#include "server/gateway/openapi.h"

#include <google/protobuf/descriptor.h>

#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace ff::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using Json = nlohmann::ordered_json;

// By name, each once; a message's schema may name others.
class Schemas {
 public:
  Json Reference(const Descriptor& message) {
    if (message.full_name() == "google.protobuf.Timestamp") {
      return {{"type", "string"}, {"format", "date-time"}};
    }
    const std::string name = message.full_name();
    if (all_.count(name) == 0) {
      all_[name] = Json::object();  // known already, should it name itself
      all_[name] = Schema(message);
    }
    return {{"$ref", absl::StrCat("#/components/schemas/", name)}};
  }

  Json All() const {
    Json all = Json::object();
    for (const auto& [name, schema] : all_) all[name] = schema;
    return all;
  }

 private:
  Json Schema(const Descriptor& message) {
    Json properties = Json::object();
    for (int i = 0; i < message.field_count(); ++i) {
      const FieldDescriptor& field = *message.field(i);
      Json value = ValueOf(field);
      properties[field.name()] =
          field.is_repeated() ? Json{{"type", "array"}, {"items", value}} : value;
    }
    return {{"type", "object"}, {"properties", properties}};
  }

  Json ValueOf(const FieldDescriptor& field) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL:
        return {{"type", "boolean"}};
      case FieldDescriptor::CPPTYPE_INT32:
      case FieldDescriptor::CPPTYPE_UINT32:
        return {{"type", "integer"}, {"format", "int32"}};
      case FieldDescriptor::CPPTYPE_INT64:
      case FieldDescriptor::CPPTYPE_UINT64:
        return {{"type", "string"}, {"format", "int64"}};
      case FieldDescriptor::CPPTYPE_FLOAT:
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return {{"description", "a number, or \"NaN\", \"Infinity\", \"-Infinity\""},
                {"oneOf", {{{"type", "number"}}, {{"type", "string"}}}}};
      case FieldDescriptor::CPPTYPE_ENUM: {
        Json words = Json::array();
        for (int i = 0; i < field.enum_type()->value_count(); ++i) {
          words.push_back(field.enum_type()->value(i)->name());
        }
        return {{"type", "string"}, {"enum", words}};
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Reference(*field.message_type());
      case FieldDescriptor::CPPTYPE_STRING:
        break;
    }
    return {{"type", "string"}};
  }

  std::map<std::string, Json> all_;
};

Json Parameters(const DocumentedRoute& route) {
  Json parameters = Json::array();
  for (absl::string_view segment : absl::StrSplit(route.pattern, '/')) {
    const size_t begin = segment.find('{'), end = segment.find('}');
    if (begin == absl::string_view::npos) continue;
    parameters.push_back({{"name", std::string(segment.substr(begin + 1, end - begin - 1))},
                          {"in", "path"},
                          {"required", true},
                          {"schema", {{"type", "string"}}}});
  }
  for (const QueryDoc& query : route.doc.query) {
    parameters.push_back({{"name", query.name},
                          {"in", "query"},
                          {"description", query.meaning},
                          {"schema", {{"type", query.type}}}});
  }
  return parameters;
}

Json Content(const std::string& media_type, const Json& schema) {
  return Json{{media_type, {{"schema", schema}}}};
}

// "get_sweeps_sweep_experiments": unique, since method and pattern are.
std::string OperationId(const DocumentedRoute& route) {
  return absl::StrCat(
      absl::AsciiStrToLower(route.method),
      absl::StrReplaceAll(
          route.pattern,
          {{"/api/v1", ""}, {"/", "_"}, {":", "_"}, {".", "_"}, {"{", ""}, {"}", ""}}));
}

Json Operation(const DocumentedRoute& route, Schemas* schemas) {
  const RouteDoc& doc = route.doc;
  Json operation = {{"operationId", OperationId(route)}, {"summary", doc.summary}};
  if (!doc.rpc.empty()) operation["x-grpc"] = absl::StrCat("ff.v1.", doc.rpc);
  operation["parameters"] = Parameters(route);
  if (doc.body != nullptr) {
    operation["requestBody"] = {
        {"content", Content("application/json", schemas->Reference(*doc.body))}};
  }
  const Json answer = doc.answer != nullptr
                          ? Content("application/json", schemas->Reference(*doc.answer))
                          : Content(doc.media_type, {{"type", "string"}});
  operation["responses"] = {
      {"200", {{"description", "done"}, {"content", answer}}},
      {"default",
       {{"description", "refused: the reason in words"},
        {"content", Content("application/json", {{"$ref", "#/components/schemas/Error"}})}}}};
  return operation;
}

}  // namespace

std::string OpenApi(const std::vector<DocumentedRoute>& routes, const std::string& version) {
  Schemas schemas;
  Json paths = Json::object();
  for (const DocumentedRoute& route : routes) {
    if (route.doc.answer == nullptr && route.doc.media_type.empty()) continue;
    paths[route.pattern][absl::AsciiStrToLower(route.method)] = Operation(route, &schemas);
  }
  Json all = schemas.All();
  all["Error"] = {
      {"type", "object"},
      {"properties",
       {{"error",
         {{"type", "object"},
          {"properties", {{"code", {{"type", "string"}}}, {"message", {{"type", "string"}}}}}}}}}};
  const Json document = {
      {"openapi", "3.0.3"},
      {"info",
       {{"title", "flops-fit coordinator"},
        {"version", version},
        {"description",
         "The verbs of gRPC's ff.v1 as JSON: protobuf JSON of the same messages, names as in the "
         ".proto files, 64-bit integers as strings. Lists take limit and offset and say the total; "
         "what grows is polled by a cursor (after_seq, after_id, from_byte)."}}},
      {"paths", paths},
      {"components", {{"schemas", all}}}};
  return document.dump() + "\n";
}

}  // namespace ff::gateway
