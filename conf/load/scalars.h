// One value, as text, into one field of a message: the type and the rule
// (proto/ff/v1/rules.proto) are checked here and nowhere else.
//
// Numbers: 12, -0.5, 1e12; a whole number may be written 1e6. Not 1_000, 2^-13, 0x10, nan.
// Truth: true or false. Text: UTF-8 without control characters. Pure; thread-safe.
#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"

namespace ff::conf {

struct ScalarText {
  std::string text;
  bool quoted = false;   // in YAML quotation marks: text, not a number
  bool is_null = false;  // nothing after the colon, ~ or null
};

// Sets the field, or adds to it if it is a list. INVALID_ARGUMENT says what was expected and
// what was found, without path and position; the message is then unchanged.
absl::Status SetScalar(const ScalarText& value, const google::protobuf::FieldDescriptor& field,
                       google::protobuf::Message* message);

// "a number", "a whole number", "true or false", "text", "a list of ...", "a group of keys".
std::string ExpectedKind(const google::protobuf::FieldDescriptor& field);

// Shortest text that reads back as the same number.
std::string FormatNumber(double number);

// A value as it may be shown in a message: in quotes, cut when long, control characters
// replaced.
std::string Quoted(const std::string& text);

}  // namespace ff::conf
