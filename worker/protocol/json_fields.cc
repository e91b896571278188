#include "worker/protocol/json_fields.h"

#include <cmath>
#include <limits>
#include <optional>

namespace ff::protocol {
namespace {

// JSON knows one kind of number: 5.0 is a good step, 5.5 and 1e300 are not.
std::optional<int64_t> ToInteger(const Json& json) {
  if (json.is_number_unsigned()) {
    const uint64_t value = json.get<uint64_t>();
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
    return static_cast<int64_t>(value);
  }
  if (json.is_number_integer()) return json.get<int64_t>();
  if (!json.is_number_float()) return std::nullopt;
  const double value = json.get<double>();
  constexpr double kExact = 9007199254740992.0;  // 2^53: below it each integer is a double
  if (!(std::abs(value) <= kExact) || value != std::floor(value)) return std::nullopt;
  return static_cast<int64_t>(value);
}

std::optional<double> ToDouble(const Json& json) {
  if (json.is_number()) return json.get<double>();
  if (json == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (json == "inf") return std::numeric_limits<double>::infinity();
  if (json == "-inf") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

}  // namespace

Json NumberToJson(double value) {
  if (std::isfinite(value)) return value;
  if (std::isnan(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}

const Json* FieldReader::Find(const char* name) {
  if (!error_.empty()) return nullptr;
  const auto found = object_.find(name);
  if (found != object_.end()) return &*found;
  error_ = "field " + prefix_ + name + " is missing";
  return nullptr;
}

void FieldReader::Expected(const char* name, const char* what) {
  error_ = "field " + prefix_ + name + ": expected " + what;
}

void FieldReader::operator()(const char* name, bool& value) {
  const Json* found = Find(name);
  if (found == nullptr) return;
  if (!found->is_boolean()) return Expected(name, "true or false");
  value = found->get<bool>();
}

void FieldReader::operator()(const char* name, int64_t& value) {
  const Json* found = Find(name);
  if (found == nullptr) return;
  const std::optional<int64_t> number = ToInteger(*found);
  if (!number) return Expected(name, "an integer");
  value = *number;
}

void FieldReader::operator()(const char* name, std::vector<int64_t>& list) {
  const Json* found = Find(name);
  if (found == nullptr) return;
  if (!found->is_array()) return Expected(name, "a list of integers");
  list.clear();
  for (const Json& element : *found) {
    const std::optional<int64_t> number = ToInteger(element);
    if (!number) return Expected(name, "a list of integers");
    list.push_back(*number);
  }
}

void FieldReader::operator()(const char* name, double& value) {
  const Json* found = Find(name);
  if (found == nullptr) return;
  const std::optional<double> number = ToDouble(*found);
  if (!number) return Expected(name, "a number, \"nan\", \"inf\" or \"-inf\"");
  value = *number;
}

void FieldReader::operator()(const char* name, std::string& value) {
  const Json* found = Find(name);
  if (found == nullptr) return;
  if (!found->is_string()) return Expected(name, "a string");
  value = found->get<std::string>();
}

}  // namespace ff::protocol
