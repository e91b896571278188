#include "conf/load/message_reader.h"

#include <set>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "conf/load/retired.h"
#include "conf/load/scalars.h"
#include "conf/load/schema.h"
#include "conf/load/yaml_document.h"

namespace ff::conf {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string Join(const std::string& path, const std::string& key) {
  return path.empty() ? key : absl::StrCat(path, ".", key);
}

// What was found where something else was expected.
std::string Found(const YAML::Node& node) {
  if (node.IsMap()) return "a group of keys";
  if (node.IsSequence()) return "a list";
  return absl::StrCat("the text ", Quoted(node.Scalar()));
}

// yaml-cpp tags a scalar written in quotation marks "!" and any other "?".
ScalarText ToScalarText(const YAML::Node& node) {
  return {node.IsScalar() ? node.Scalar() : "", node.Tag() == "!", node.IsNull()};
}

}  // namespace

void MessageReader::ReadGroup(const YAML::Node& node, const std::string& path, Message* message) {
  if (!node.IsDefined() || node.IsNull()) return;
  if (!node.IsMap()) {
    problems_->Add(Where(source_, node), path,
                   absl::StrCat("expected a group of keys, got ", Found(node)));
    return;
  }
  std::set<std::string> seen;
  for (const auto& item : node) {
    if (!item.first.IsScalar()) {
      problems_->Add(Where(source_, item.first), path,
                     absl::StrCat("expected a key, got ", Found(item.first)));
    } else if (!seen.insert(item.first.Scalar()).second) {
      problems_->Add(Where(source_, item.first), Join(path, item.first.Scalar()),
                     "given twice; remove one of them");
    } else {
      ReadKey(item.first, item.second, path, message);
    }
  }
}

void MessageReader::ReadKey(const YAML::Node& key, const YAML::Node& value,
                            const std::string& parent, Message* message) {
  const std::string& name = key.Scalar();
  const std::string path = Join(parent, name);
  const std::string where = Where(source_, key);
  const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(name);
  if (field == nullptr) {
    const std::string hint = RetiredHint(path);
    problems_->Add(where, Join(parent, Quoted(name).substr(1, Quoted(name).size() - 2)),
                   hint.empty() ? absl::StrCat("no such key; ",
                                               Suggestion(*message->GetDescriptor(), parent, name))
                                : hint);
  } else if (IsGroup(*field)) {
    ReadGroup(value, path, message->GetReflection()->MutableMessage(message, field));
  } else {
    ReadValue(value, where, path, *field, message);
  }
}

void MessageReader::ReadValue(const YAML::Node& node, const std::string& where,
                              const std::string& path, const FieldDescriptor& field,
                              Message* message) {
  if (field.is_repeated()) return ReadList(node, where, path, field, message);
  if (!node.IsScalar() && !node.IsNull()) {
    problems_->Add(where, path,
                   absl::StrCat("expected ", ExpectedKind(field), ", got ", Found(node)));
    return;
  }
  const ScalarText value = ToScalarText(node);
  if (absl::Status status = SetScalar(value, field, message); !status.ok()) {
    const std::string hint = RetiredValueHint(path, value.text);
    problems_->Add(where, path,
                   absl::StrCat(std::string(status.message()), hint.empty() ? "" : "; ", hint));
    return;
  }
  (*origins_)[path] = where;
}

void MessageReader::ReadList(const YAML::Node& node, const std::string& where,
                             const std::string& path, const FieldDescriptor& field,
                             Message* message) {
  if (!node.IsSequence()) {
    problems_->Add(where, path,
                   absl::StrCat("expected ", ExpectedKind(field), ", got ",
                                node.IsNull() ? "nothing" : Found(node)));
    return;
  }
  if (node.size() == 0 && RuleOf(field).required()) {
    problems_->Add(where, path, "must not be empty");
    return;
  }
  message->GetReflection()->ClearField(message, &field);
  for (const auto& item : node) {
    if (!item.IsScalar() && !item.IsNull()) {
      problems_->Add(
          where, path,
          absl::StrCat("expected ", ExpectedKind(field), ", got ", Found(item), " in the list"));
      continue;
    }
    if (absl::Status status = SetScalar(ToScalarText(item), field, message); !status.ok()) {
      problems_->Add(where, path, std::string(status.message()));
    }
  }
  (*origins_)[path] = where;
}

}  // namespace ff::conf
