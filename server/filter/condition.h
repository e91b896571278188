// Conditions that people type over the rows of a table: "loss < 3.2 and state = failed". One
// language for the HTTP API, gRPC, the dashboard and ffctl: parse.h reads it against the fields
// that the table has, evaluate.h decides it for a row, server/storage/sqlite turns it into SQL.
// A field may be absent in a row; then a comparison is neither true nor false (Kleene's logic,
// as in SQL), and only `= none` and `!= none` can tell. Plain values.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace ff::filter {

enum class Type { kNumber, kText };

// What a table can be asked about.
struct Field {
  std::string name;
  Type type = Type::kText;
  std::vector<std::string> words{};  // all values it can have; empty: any
  std::string meaning{};             // one line for --help and the API's description
  std::vector<std::string> aliases{};
};

enum class Comparison { kEqual, kNotEqual, kLess, kAtMost, kMore, kAtLeast, kContains, kLacks };

struct Condition {
  enum class Kind { kAnd, kOr, kNot, kCompare, kIsNone, kIsSome };
  Kind kind = Kind::kCompare;
  std::vector<Condition> parts{};  // of and, or; one of not
  std::string field{};
  Type type = Type::kText;
  Comparison comparison = Comparison::kEqual;
  // Of a comparison; several: = any of them (in), != none of them (not in).
  std::vector<double> numbers{};
  std::vector<std::string> texts{};
};

// The field of this name or alias, whatever its case; null: there is none.
const Field* FindField(const std::vector<Field>& fields, const std::string& name);

}  // namespace ff::filter
