// Whether a row meets a condition. Pure; thread-safe.
#pragma once

#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "server/filter/condition.h"

namespace ff::filter {

// A row's value of a field; absent: neither is set.
struct Value {
  std::optional<double> number;
  std::optional<std::string> text;
};

// True only where the condition is true; not where it can't be told.
bool Holds(const Condition& condition, absl::FunctionRef<Value(const std::string& field)> value_of);

}  // namespace ff::filter
