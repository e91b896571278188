#include "conf/load/schema.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "ff/v1/config.pb.h"

namespace ff::conf {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

const Descriptor& Root() { return *v1::FlopsFitConfig::descriptor(); }

void AddValuePaths(const Descriptor& message, const std::string& prefix,
                   std::vector<std::string>* paths) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    std::string path = absl::StrCat(prefix, field.name());
    if (IsGroup(field)) {
      AddValuePaths(*field.message_type(), path + ".", paths);
    } else {
      paths->push_back(path);
    }
  }
}

// Restricted Damerau-Levenshtein distance.
size_t EditDistance(const std::string& a, const std::string& b) {
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

std::vector<std::string> FieldNames(const Descriptor& message) {
  std::vector<std::string> names;
  names.reserve(message.field_count());
  for (int i = 0; i < message.field_count(); ++i) names.push_back(message.field(i)->name());
  return names;
}

// Full paths, values and groups, whose last word is `key`; of `section` only unless empty.
std::vector<std::string> PathsEndingIn(const std::string& key, const std::string& section) {
  std::vector<std::string> found;
  for (const std::string& path : ValuePaths(Root())) {
    if (!section.empty() && !absl::StartsWith(path, section + ".")) continue;
    if (absl::EndsWith(path, "." + key)) found.push_back(path);
  }
  return found;
}

}  // namespace

std::vector<std::string> SectionNames() { return FieldNames(Root()); }

bool IsSection(const std::string& name) { return SectionDescriptor(name) != nullptr; }

const Descriptor* SectionDescriptor(const std::string& name) {
  const FieldDescriptor* field = Root().FindFieldByName(name);
  return field == nullptr ? nullptr : field->message_type();
}

const v1::Rule& RuleOf(const FieldDescriptor& field) {
  return field.options().GetExtension(v1::rule);
}

bool IsGroup(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

const FieldDescriptor* FindPath(const Descriptor& message, const std::string& path) {
  const Descriptor* here = &message;
  const FieldDescriptor* field = nullptr;
  for (const std::string& name : std::vector<std::string>(absl::StrSplit(path, '.'))) {
    if (here == nullptr) return nullptr;
    field = here->FindFieldByName(name);
    if (field == nullptr) return nullptr;
    here = IsGroup(*field) ? field->message_type() : nullptr;
  }
  return field;
}

std::vector<std::string> ValuePaths(const Descriptor& message) {
  std::vector<std::string> paths;
  AddValuePaths(message, "", &paths);
  return paths;
}

std::string Suggestion(const Descriptor& message, const std::string& parent,
                       const std::string& key) {
  const std::string section = parent.substr(0, parent.find('.'));
  for (const std::string& within : {section, std::string()}) {
    const std::vector<std::string> found = PathsEndingIn(key, within);
    if (found.empty() || found.size() > 3) continue;
    return absl::StrCat("did you mean ", absl::StrJoin(found, " or "), "?");
  }
  const std::string near = Nearest(key, FieldNames(message));
  if (!near.empty()) return absl::StrCat("did you mean '", near, "'?");
  const std::vector<std::string> names = FieldNames(message);
  return absl::StrCat("the keys here are ", absl::StrJoin(names, ", "));
}

std::string Nearest(const std::string& word, const std::vector<std::string>& candidates) {
  // A key of a hostile file may be very long; nothing is near it.
  if (word.empty() || word.size() > 64) return "";
  std::string best;
  size_t best_distance = (word.size() < 5 ? 1 : std::max<size_t>(2, word.size() / 3)) + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(word, candidate);
    if (distance < best_distance && distance < std::max(word.size(), candidate.size())) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace ff::conf
