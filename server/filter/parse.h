// Reads a condition that somebody typed. Pure; thread-safe.
//
//   condition   := conjunction { or conjunction }          or: "or" "||"
//   conjunction := term { and term }                       and: "and" "&&"
//   term        := not term | "(" condition ")" | comparison
//   comparison  := FIELD ("=" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~") VALUE
//                | FIELD ["not"] "in" "(" VALUE { "," VALUE } ")"
//
// ~ is "contains", whatever the case. VALUE is a word, a "quoted text", or a number with an
// optional k, M, B or T ("1.3B"); `none` is the absent value. Words and fields in any case.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/filter/condition.h"

namespace ff::filter {

// Fields come out under their own names, words in lower case. INVALID_ARGUMENT with a caret
// under the place: an unknown field (with the nearest one), a word that the field cannot have, no
// number where one is needed, < of a text, more than 64 levels of parentheses.
absl::StatusOr<Condition> Parse(const std::string& source, const std::vector<Field>& fields);

// "loss" or "-loss": the field and whether it goes down. INVALID_ARGUMENT: no such field.
struct Order {
  std::string field;
  bool down = false;
};
absl::StatusOr<Order> ParseOrder(const std::string& source, const std::vector<Field>& fields);

// "1.3B" -> 1.3e9, "2e15"; false: no number.
bool ParseNumber(const std::string& text, double* number);

}  // namespace ff::filter
