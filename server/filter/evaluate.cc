#include "server/filter/evaluate.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace ff::filter {
namespace {

using Truth = std::optional<bool>;  // none: can't be told
using ValueOf = absl::FunctionRef<Value(const std::string&)>;

template <typename T>
bool Compare(Comparison comparison, const T& value, const std::vector<T>& with) {
  const bool any = std::find(with.begin(), with.end(), value) != with.end();
  switch (comparison) {
    case Comparison::kNotEqual:
      return !any;
    case Comparison::kLess:
      return value < with.front();
    case Comparison::kAtMost:
      return value <= with.front();
    case Comparison::kMore:
      return value > with.front();
    case Comparison::kAtLeast:
      return value >= with.front();
    default:
      return any;
  }
}

Truth Decide(const Condition& c, const Value& value) {
  if (c.type == Type::kNumber) {
    if (!value.number) return std::nullopt;
    return Compare(c.comparison, *value.number, c.numbers);
  }
  if (!value.text) return std::nullopt;
  if (c.comparison == Comparison::kContains || c.comparison == Comparison::kLacks) {
    const bool found = absl::StrContains(absl::AsciiStrToLower(*value.text),
                                         absl::AsciiStrToLower(c.texts.front()));
    return found == (c.comparison == Comparison::kContains);
  }
  return Compare(c.comparison, *value.text, c.texts);
}

Truth TruthOf(const Condition& c, ValueOf value_of) {
  switch (c.kind) {
    case Condition::Kind::kNot: {
      const Truth inner = TruthOf(c.parts.front(), value_of);
      return inner ? Truth(!*inner) : std::nullopt;
    }
    case Condition::Kind::kAnd:
    case Condition::Kind::kOr: {
      // `and` is decided by one false, `or` by one true, whatever the others are.
      const bool deciding = c.kind == Condition::Kind::kOr;
      bool unknown = false;
      for (const Condition& part : c.parts) {
        const Truth truth = TruthOf(part, value_of);
        if (truth && *truth == deciding) return deciding;
        unknown = unknown || !truth;
      }
      return unknown ? Truth() : Truth(!deciding);
    }
    case Condition::Kind::kIsNone:
    case Condition::Kind::kIsSome: {
      const Value value = value_of(c.field);
      const bool some = value.number || value.text;
      return some == (c.kind == Condition::Kind::kIsSome);
    }
    case Condition::Kind::kCompare:
      break;
  }
  return Decide(c, value_of(c.field));
}

}  // namespace

bool Holds(const Condition& condition,
           absl::FunctionRef<Value(const std::string& field)> value_of) {
  return TruthOf(condition, value_of).value_or(false);
}

}  // namespace ff::filter
