#include "client/print/data.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace ff::client {
namespace {

using Json = nlohmann::ordered_json;

Json Parsed(absl::string_view json) {
  return Json::parse(json.begin(), json.end(), nullptr, /*allow_exceptions=*/false);
}

std::string Quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Letters that YAML takes for nothing but a text; its words for truth and nothing are not.
bool IsPlain(const std::string& text) {
  static const char* const kWords[] = {"true", "false", "null", "yes", "no",
                                       "on",   "off",   "nan",  "inf"};
  if (text.empty() || !absl::ascii_isalpha(text[0])) return false;
  for (const char c : text) {
    if (!absl::ascii_isalnum(c) && c != '_' && c != '-' && c != '.' && c != '/') return false;
  }
  const std::string lower = absl::AsciiStrToLower(text);
  for (const char* word : kWords) {
    if (lower == word) return false;
  }
  return lower != "y" && lower != "n";  // truths to some readers
}

std::string Scalar(const Json& value) {
  if (value.is_string()) {
    const std::string text = value.get<std::string>();
    return IsPlain(text) ? text : Quoted(text);
  }
  if (value.is_object()) return "{}";
  if (value.is_array()) return "[]";
  return value.dump();
}

bool IsBlock(const Json& value) { return value.is_structured() && !value.empty(); }

void Append(const Json& value, size_t indent, std::string* out) {
  const std::string margin(indent, ' ');
  if (value.is_array()) {
    for (const Json& item : value) {
      if (!IsBlock(item)) {
        absl::StrAppend(out, margin, "- ", Scalar(item), "\n");
        continue;
      }
      std::string block;
      Append(item, indent + 2, &block);
      absl::StrAppend(out, margin, "- ", block.substr(indent + 2));
    }
    return;
  }
  for (const auto& [key, item] : value.items()) {
    absl::StrAppend(out, margin, IsPlain(key) ? key : Quoted(key), ":");
    if (!IsBlock(item)) {
      absl::StrAppend(out, " ", Scalar(item), "\n");
      continue;
    }
    *out += "\n";
    Append(item, indent + 2, out);
  }
}

}  // namespace

std::string JsonLine(absl::string_view json) {
  const Json value = Parsed(json);
  if (value.is_discarded()) return std::string(json);
  return value.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string JsonToYaml(absl::string_view json) {
  const Json value = Parsed(json);
  if (value.is_discarded()) return std::string(json);
  if (!IsBlock(value)) return Scalar(value) + "\n";
  std::string out;
  Append(value, 0, &out);
  return out;
}

}  // namespace ff::client
