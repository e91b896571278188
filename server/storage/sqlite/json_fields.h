// Two visitors over the named fields of a struct: one writes them to JSON, one reads them
// back, so that a struct's fields are listed once. Numbers survive exactly (nlohmann
// writes the shortest text that reads back to the same double); NaN and the infinities,
// which JSON lacks, are the words "nan", "inf", "-inf". A missing field keeps its value.
#pragma once

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace ff::storage {

class JsonWriter {
 public:
  template <typename T>
  void operator()(const char* name, const T& value) {
    json_[name] = ToJson(value);
  }
  std::string Text() const { return json_.dump(-1, ' ', false, Replace()); }
  nlohmann::json Take() { return std::move(json_); }

 private:
  // Text that is not UTF-8 (a path, say) must not throw.
  static nlohmann::json::error_handler_t Replace() {
    return nlohmann::json::error_handler_t::replace;
  }
  static nlohmann::json ToJson(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    return value;
  }
  static nlohmann::json ToJson(int64_t value) { return value; }
  static nlohmann::json ToJson(int value) { return value; }
  static nlohmann::json ToJson(bool value) { return value; }
  static nlohmann::json ToJson(const std::string& value) { return value; }
  template <typename T>
  static nlohmann::json ToJson(const std::vector<T>& values) {
    nlohmann::json list = nlohmann::json::array();
    for (const T& value : values) list.push_back(ToJson(value));
    return list;
  }
  template <typename T>
  static nlohmann::json ToJson(const T& value) {
    JsonWriter inner;
    Fields(inner, const_cast<T&>(value));
    return inner.Take();
  }

  nlohmann::json json_ = nlohmann::json::object();
};

// Throws nlohmann::json::exception on a field of the wrong type; callers catch it.
class JsonReader {
 public:
  explicit JsonReader(const nlohmann::json& json) : json_(json) {}
  template <typename T>
  void operator()(const char* name, T& value) {
    if (auto field = json_.find(name); field != json_.end()) FromJson(*field, value);
  }

 private:
  static void FromJson(const nlohmann::json& json, double& value) {
    if (!json.is_string()) {
      value = json.get<double>();
    } else if (json == "nan") {
      value = std::numeric_limits<double>::quiet_NaN();
    } else {
      value = (json == "inf" ? 1 : -1) * std::numeric_limits<double>::infinity();
    }
  }
  static void FromJson(const nlohmann::json& json, int64_t& value) { value = json.get<int64_t>(); }
  static void FromJson(const nlohmann::json& json, int& value) { value = json.get<int>(); }
  static void FromJson(const nlohmann::json& json, bool& value) { value = json.get<bool>(); }
  static void FromJson(const nlohmann::json& json, std::string& value) {
    value = json.get<std::string>();
  }
  template <typename T>
  static void FromJson(const nlohmann::json& json, std::vector<T>& values) {
    values.clear();
    for (const nlohmann::json& item : json) FromJson(item, values.emplace_back());
  }
  template <typename T>
  static void FromJson(const nlohmann::json& json, T& value) {
    JsonReader inner(json);
    Fields(inner, value);
  }

  const nlohmann::json& json_;
};

template <typename T>
std::string WriteFields(const T& value) {
  JsonWriter writer;
  Fields(writer, const_cast<T&>(value));
  return writer.Text();
}

// DATA_LOSS: text that this program did not write.
template <typename T>
absl::StatusOr<T> ReadFields(const std::string& text) {
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    JsonReader reader(json);
    T value;
    Fields(reader, value);
    return value;
  } catch (const nlohmann::json::exception& error) {
    return absl::DataLossError(std::string("stored JSON cannot be read: ") + error.what());
  }
}

}  // namespace ff::storage
