#include "server/gateway/query.h"

#include <cmath>
#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace ff::gateway {

std::string Word(const Request& request, const std::string& name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? "" : found->second;
}

absl::StatusOr<int64_t> Count(const Request& request, const std::string& name) {
  const std::string text = Word(request, name);
  int64_t value = 0;
  if (!text.empty() && (!absl::SimpleAtoi(text, &value) || value < 0)) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, "=", text, ": a whole number, 0 or more, is needed"));
  }
  return value;
}

absl::StatusOr<int> SmallCount(const Request& request, const std::string& name) {
  absl::StatusOr<int64_t> value = Count(request, name);
  if (!value.ok()) return value.status();
  if (*value > std::numeric_limits<int>::max()) {
    return absl::InvalidArgumentError(absl::StrCat(name, "=", *value, " is too large"));
  }
  return static_cast<int>(*value);
}

std::vector<std::string> Words(const Request& request, const std::string& name) {
  std::vector<std::string> words;
  const auto [begin, end] = request.query.equal_range(name);
  for (auto it = begin; it != end; ++it) {
    for (absl::string_view word : absl::StrSplit(it->second, ',', absl::SkipEmpty())) {
      words.emplace_back(word);
    }
  }
  return words;
}

absl::StatusOr<std::vector<double>> Numbers(const Request& request, const std::string& name) {
  std::vector<double> numbers;
  for (const std::string& word : Words(request, name)) {
    double number = 0;
    if (!absl::SimpleAtod(word, &number) || !std::isfinite(number)) {
      return absl::InvalidArgumentError(absl::StrCat(name, "=", word, ": a number is needed"));
    }
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace ff::gateway
