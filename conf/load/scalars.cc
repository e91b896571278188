#include "conf/load/scalars.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "conf/load/schema.h"

namespace ff::conf {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

absl::Status Expected(const FieldDescriptor& field, const ScalarText& value,
                      const std::string& advice) {
  FieldDescriptor::CppType type = field.cpp_type();
  std::string kind = type == FieldDescriptor::CPPTYPE_DOUBLE   ? "a number"
                     : type == FieldDescriptor::CPPTYPE_BOOL   ? "true or false"
                     : type == FieldDescriptor::CPPTYPE_STRING ? "text"
                                                               : "a whole number";
  return absl::InvalidArgumentError(absl::StrCat("expected ", kind, ", got the text ",
                                                 Quoted(value.text),
                                                 advice.empty() ? "" : " (" + advice + ")"));
}

bool LooksLikeNumber(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789+-.eE") == std::string::npos &&
         text.find_first_of("0123456789") != std::string::npos;
}

// For the spellings that people try: 2^-13, 1_000, 1,000.
std::string NumberAdvice(const ScalarText& value) {
  const std::string& text = value.text;
  if (value.quoted) return LooksLikeNumber(text) ? "remove the quotation marks" : "";
  const size_t caret = text.find('^');
  double base = 0, exponent = 0;
  if (caret != std::string::npos && absl::SimpleAtod(text.substr(0, caret), &base) &&
      absl::SimpleAtod(text.substr(caret + 1), &exponent) &&
      std::isfinite(std::pow(base, exponent))) {
    return absl::StrCat("write ", FormatNumber(std::pow(base, exponent)));
  }
  const std::string bare = absl::StrReplaceAll(text, {{"_", ""}, {",", ""}});
  if (bare != text && LooksLikeNumber(bare)) return absl::StrCat("write ", bare);
  return "";
}

std::string RangeText(const v1::Rule& rule) {
  if (rule.has_above() && rule.has_max()) {
    return absl::StrCat("above ", FormatNumber(rule.above()), " and at most ",
                        FormatNumber(rule.max()));
  }
  if (rule.has_above()) return absl::StrCat("above ", FormatNumber(rule.above()));
  if (rule.has_min() && rule.has_max()) {
    return absl::StrCat("from ", FormatNumber(rule.min()), " to ", FormatNumber(rule.max()));
  }
  if (rule.has_min()) return absl::StrCat("at least ", FormatNumber(rule.min()));
  return absl::StrCat("at most ", FormatNumber(rule.max()));
}

absl::Status CheckRange(const v1::Rule& rule, double number, const std::string& text) {
  const bool inside = (!rule.has_min() || number >= rule.min()) &&
                      (!rule.has_max() || number <= rule.max()) &&
                      (!rule.has_above() || number > rule.above());
  if (inside) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("must be ", RangeText(rule), ", got ", text));
}

absl::StatusOr<double> ReadNumber(const ScalarText& value, const FieldDescriptor& field) {
  double number = 0;
  if (value.quoted || !LooksLikeNumber(value.text) || !absl::SimpleAtod(value.text, &number)) {
    return Expected(field, value, NumberAdvice(value));
  }
  if (!std::isfinite(number)) {
    return absl::InvalidArgumentError(absl::StrCat(Quoted(value.text), " is too large a number"));
  }
  if (absl::Status s = CheckRange(RuleOf(field), number, value.text); !s.ok()) return s;
  return number;
}

absl::StatusOr<int64_t> ReadInteger(const ScalarText& value, const FieldDescriptor& field,
                                    int64_t least, int64_t largest) {
  absl::StatusOr<double> number = ReadNumber(value, field);
  if (!number.ok()) return number.status();
  int64_t integer = 0;
  if (!absl::SimpleAtoi(value.text, &integer)) {
    // Doubles above 2^53 skip whole numbers, so 1e18 would be a guess.
    constexpr double kExact = 9007199254740992.0;
    if (*number != std::floor(*number)) return Expected(field, value, "");
    if (std::abs(*number) > kExact) {
      return absl::InvalidArgumentError(
          absl::StrCat(Quoted(value.text), " is too large; write all its digits"));
    }
    integer = static_cast<int64_t>(*number);
  }
  if (integer < least || integer > largest) {
    return absl::InvalidArgumentError(
        absl::StrCat("must be at most ", largest, ", got ", value.text));
  }
  return integer;
}

absl::StatusOr<bool> ReadBool(const ScalarText& value, const FieldDescriptor& field) {
  if (!value.quoted) {
    for (const char* word : {"true", "True", "TRUE"}) {
      if (value.text == word) return true;
    }
    for (const char* word : {"false", "False", "FALSE"}) {
      if (value.text == word) return false;
    }
  }
  return Expected(field, value, "");
}

bool IsUtf8(const std::string& text) {
  for (size_t i = 0; i < text.size();) {
    const unsigned char lead = text[i];
    const size_t length = lead < 0x80         ? 1
                          : lead >> 5 == 0x6  ? 2
                          : lead >> 4 == 0xe  ? 3
                          : lead >> 3 == 0x1e ? 4
                                              : 0;
    if (length == 0 || i + length > text.size()) return false;
    uint32_t code = length == 1 ? lead : lead & (0x7f >> length);
    for (size_t k = 1; k < length; ++k) {
      const unsigned char byte = text[i + k];
      if (byte >> 6 != 0x2) return false;
      code = code << 6 | (byte & 0x3f);
    }
    constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < kLeast[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
    i += length;
  }
  return true;
}

absl::Status CheckText(const std::string& text, const FieldDescriptor& field) {
  const v1::Rule& rule = RuleOf(field);
  if (rule.one_of_size() > 0) {
    const std::vector<std::string> words(rule.one_of().begin(), rule.one_of().end());
    for (const std::string& word : words) {
      if (text == word) return absl::OkStatus();
    }
    const std::string near = Nearest(text, words);
    return absl::InvalidArgumentError(
        absl::StrCat("must be one of ", absl::StrJoin(words, ", "), ", got ", Quoted(text),
                     near.empty() ? "" : "; did you mean '" + near + "'?"));
  }
  if (text.empty() && (rule.required() || field.is_repeated())) {
    return absl::InvalidArgumentError("must not be empty");
  }
  if (!IsUtf8(text)) return absl::InvalidArgumentError("is not valid UTF-8 text");
  for (const unsigned char c : text) {
    if (c < 0x20 || c == 0x7f) {
      return absl::InvalidArgumentError(
          absl::StrCat("has a control character (a tab or line break, say) in ", Quoted(text)));
    }
  }
  return absl::OkStatus();
}

template <typename T, typename Set, typename Add>
absl::Status Store(absl::StatusOr<T> value, const FieldDescriptor& field, Message* message, Set set,
                   Add add) {
  if (!value.ok()) return value.status();
  const google::protobuf::Reflection* reflection = message->GetReflection();
  (reflection->*(field.is_repeated() ? add : set))(message, &field, *value);
  return absl::OkStatus();
}

}  // namespace

absl::Status SetScalar(const ScalarText& value, const FieldDescriptor& field, Message* message) {
  using Reflection = google::protobuf::Reflection;
  if (value.is_null) {
    return absl::InvalidArgumentError(absl::StrCat(
        "has no value; remove the line for the default",
        field.cpp_type() == FieldDescriptor::CPPTYPE_STRING ? ", or write \"\" for empty text"
                                                            : ""));
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Store(ReadNumber(value, field), field, message, &Reflection::SetDouble,
                   &Reflection::AddDouble);
    case FieldDescriptor::CPPTYPE_INT32: {
      using Limits = std::numeric_limits<int32_t>;
      return Store(ReadInteger(value, field, Limits::min(), Limits::max()), field, message,
                   &Reflection::SetInt32, &Reflection::AddInt32);
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      using Limits = std::numeric_limits<int64_t>;
      return Store(ReadInteger(value, field, Limits::min(), Limits::max()), field, message,
                   &Reflection::SetInt64, &Reflection::AddInt64);
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return Store(ReadBool(value, field), field, message, &Reflection::SetBool,
                   &Reflection::AddBool);
    case FieldDescriptor::CPPTYPE_STRING: {
      if (absl::Status s = CheckText(value.text, field); !s.ok()) return s;
      return Store(absl::StatusOr<std::string>(value.text), field, message, &Reflection::SetString,
                   &Reflection::AddString);
    }
    default:
      return absl::InternalError(absl::StrCat("config.proto gives ", field.full_name(),
                                              " a type that the reader does not know"));
  }
}

std::string ExpectedKind(const FieldDescriptor& field) {
  if (IsGroup(field)) return "a group of keys";
  const v1::Rule& rule = RuleOf(field);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return field.is_repeated() ? "a list of numbers, such as [1, 2]" : "a number";
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return field.is_repeated() ? "a list of whole numbers, such as [1, 2]" : "a whole number";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    default:
      if (!field.is_repeated()) return "text";
      return absl::StrCat("a list, such as [",
                          rule.one_of_size() > 0 ? absl::StrJoin(rule.one_of(), ", ") : "a, b",
                          "]");
  }
}

std::string FormatNumber(double number) {
  constexpr double kPlainWholes = 1e6;
  if (number == std::floor(number) && std::abs(number) < kPlainWholes) {
    return absl::StrCat(static_cast<int64_t>(number));
  }
  char buffer[32];
  const std::to_chars_result end = std::to_chars(buffer, buffer + sizeof(buffer), number);
  return absl::StrReplaceAll(std::string(buffer, end.ptr),
                             {{"e+0", "e"}, {"e+", "e"}, {"e-0", "e-"}});
}

std::string Quoted(const std::string& text) {
  constexpr size_t kShown = 60;
  std::string shown = "'";
  for (const char c : text.substr(0, kShown)) {
    shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  }
  return shown + (text.size() > kShown ? "...'" : "'");
}

}  // namespace ff::conf
