// Visitors for VisitFields that turn members into JSON and back. Reading stops at the
// first field that is missing or of the wrong type and keeps its dotted path for the
// error. Used by messages.cc alone; not thread-safe.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "worker/protocol/fields.h"

namespace ff::protocol {

// Keeps the order of README.md, so that lines are pleasant to read.
using Json = nlohmann::ordered_json;

Json NumberToJson(double value);  // not finite: "nan", "inf", "-inf"

class FieldWriter {
 public:
  explicit FieldWriter(Json& object) : object_(object) {}
  void operator()(const char* name, bool value) { object_[name] = value; }
  void operator()(const char* name, int64_t value) { object_[name] = value; }
  void operator()(const char* name, double value) { object_[name] = NumberToJson(value); }
  void operator()(const char* name, const std::string& value) { object_[name] = value; }
  template <class M>
  void operator()(const char* name, const M& message) {
    object_[name] = Object(message);
  }
  template <class M>
  void operator()(const char* name, const std::vector<M>& list) {
    Json& array = object_[name] = Json::array();
    for (const M& message : list) array.push_back(Object(message));
  }
  void operator()(const char* name, const std::vector<int64_t>& list) { object_[name] = list; }
  template <class M, class T>
  void Optional(const char* name, const M& value, const T& otherwise) {
    if (!(value == otherwise)) (*this)(name, value);
  }
  template <class M>
  static Json Object(const M& message) {
    Json object = Json::object();
    FieldWriter writer(object);
    VisitFields(writer, message);
    return object;
  }

 private:
  Json& object_;
};

class FieldReader {
 public:
  // `error` gets "field plan.steps: expected an integer"; it stays empty while all is well.
  FieldReader(const Json& object, std::string prefix, std::string& error)
      : object_(object), prefix_(std::move(prefix)), error_(error) {}
  void operator()(const char* name, bool& value);
  void operator()(const char* name, int64_t& value);
  void operator()(const char* name, double& value);
  void operator()(const char* name, std::string& value);
  void operator()(const char* name, std::vector<int64_t>& list);
  template <class M, class T>
  void Optional(const char* name, M& value, const T& otherwise) {
    if (object_.contains(name)) {
      (*this)(name, value);
    } else {
      value = otherwise;
    }
  }
  template <class M>
  void operator()(const char* name, M& message) {
    if (const Json* found = Find(name)) ReadObject(*found, prefix_ + name, message);
  }
  template <class M>
  void operator()(const char* name, std::vector<M>& list) {
    const Json* found = Find(name);
    if (found == nullptr) return;
    if (!found->is_array()) return Expected(name, "a list");
    for (const Json& element : *found) ReadObject(element, prefix_ + name, list.emplace_back());
  }

 private:
  template <class M>
  void ReadObject(const Json& json, const std::string& path, M& message) {
    if (!json.is_object()) {
      if (error_.empty()) error_ = "field " + path + ": expected an object";
      return;
    }
    FieldReader reader(json, path + ".", error_);
    VisitFields(reader, message);
  }
  const Json* Find(const char* name);
  void Expected(const char* name, const char* what);

  const Json& object_;
  const std::string prefix_;
  std::string& error_;
};

}  // namespace ff::protocol
