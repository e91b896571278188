#include "conf/load/overrides.h"

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "conf/load/retired.h"
#include "conf/load/scalars.h"
#include "conf/load/schema.h"
#include "conf/load/yaml_document.h"

namespace ff::conf {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr char kSource[] = "command line";

// Full paths that a word may mean: of the stage if it has it, else of the root, else of every
// section that has it.
std::vector<std::string> Meanings(const std::string& path, const std::string& stage) {
  if (IsSection(stage) && FindPath(*SectionDescriptor(stage), path) != nullptr) {
    return {absl::StrCat(stage, ".", path)};
  }
  const FieldDescriptor* from_root = FindPath(*v1::FlopsFitConfig::descriptor(), path);
  if (from_root != nullptr && absl::StrContains(path, '.')) return {path};
  std::vector<std::string> found;
  for (const std::string& section : SectionNames()) {
    if (FindPath(*SectionDescriptor(section), path) != nullptr) {
      found.push_back(absl::StrCat(section, ".", path));
    }
  }
  if (found.empty() && from_root != nullptr) found.push_back(path);
  return found;
}

std::string FirstRetiredHint(const std::string& path, const std::string& stage) {
  std::vector<std::string> candidates = {absl::StrCat(stage, ".", path), path};
  for (const std::string& section : SectionNames()) {
    candidates.push_back(absl::StrCat(section, ".", path));
  }
  for (const std::string& candidate : candidates) {
    if (std::string hint = RetiredHint(candidate); !hint.empty()) return hint;
  }
  return "";
}

// What is wrong with a path that no section has, with the nearest that one has.
std::string UnknownPath(const std::string& path, const std::string& stage) {
  if (std::string hint = FirstRetiredHint(path, stage); !hint.empty()) return hint;
  const google::protobuf::Descriptor* section = SectionDescriptor(stage);
  std::vector<std::string> candidates;
  if (section != nullptr) candidates = ValuePaths(*section);
  std::string near = Nearest(path, candidates);
  if (near.empty()) near = Nearest(path, ValuePaths(*v1::FlopsFitConfig::descriptor()));
  if (!near.empty()) return absl::StrCat("no such key; did you mean ", near, "?");
  const std::string last = path.substr(path.rfind('.') + 1);
  const google::protobuf::Descriptor& fallback =
      section != nullptr ? *section : *v1::FlopsFitConfig::descriptor();
  return absl::StrCat("no such key; ", Suggestion(fallback, stage, last));
}

// The group that holds the last word of a full path.
Message* Holder(const std::string& path, v1::FlopsFitConfig* config) {
  std::vector<std::string> names = absl::StrSplit(path, '.');
  Message* here = config;
  for (size_t i = 0; i + 1 < names.size(); ++i) {
    here = here->GetReflection()->MutableMessage(here,
                                                 here->GetDescriptor()->FindFieldByName(names[i]));
  }
  return here;
}

void SetFromText(const std::string& path, const FieldDescriptor& field, const std::string& text,
                 v1::FlopsFitConfig* config, Problems* problems, Origins* origins) {
  Message* holder = Holder(path, config);
  if (!field.is_repeated()) {
    if (absl::Status status = SetScalar({text}, field, holder); !status.ok()) {
      const std::string hint = RetiredValueHint(path, text);
      problems->Add(kSource, path,
                    absl::StrCat(std::string(status.message()), hint.empty() ? "" : "; ", hint));
      return;
    }
    (*origins)[path] = kSource;
    return;
  }
  const bool bracketed = absl::StartsWith(text, "[");
  absl::StatusOr<YAML::Node> list =
      ParseYaml(kSource, bracketed ? text : absl::StrCat("[", text, "]"));
  if (!list.ok()) {
    problems->Add(kSource, path,
                  absl::StrCat("expected ", ExpectedKind(field), ", got the text ", Quoted(text)));
    return;
  }
  MessageReader(kSource, problems, origins).ReadValue(*list, kSource, path, field, holder);
}

}  // namespace

void ApplyOverride(const std::string& word, const std::string& stage, v1::FlopsFitConfig* config,
                   Problems* problems, Origins* origins) {
  const size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0) {
    problems->Add(kSource, "", absl::StrCat("expected key.path=value, got ", Quoted(word)));
    return;
  }
  const std::string path(absl::StripAsciiWhitespace(word.substr(0, equals)));
  if (absl::StartsWith(path, "+") || absl::StartsWith(path, "~")) {
    problems->Add(kSource, "",
                  absl::StrCat("Hydra's + and ~ are not used: every key has a default, so write ",
                               "key.path=value, got ", Quoted(word)));
    return;
  }
  const std::vector<std::string> meanings = Meanings(path, stage);
  if (meanings.empty()) {
    problems->Add(kSource, Quoted(path).substr(1, Quoted(path).size() - 2),
                  UnknownPath(path, stage));
    return;
  }
  if (meanings.size() > 1) {
    problems->Add(
        kSource, path,
        absl::StrCat("may mean ", absl::StrJoin(meanings, " or "), "; write one of them"));
    return;
  }
  const FieldDescriptor& field = *FindPath(*v1::FlopsFitConfig::descriptor(), meanings[0]);
  if (IsGroup(field)) {
    const std::vector<std::string> keys = ValuePaths(*field.message_type());
    problems->Add(
        kSource, path,
        absl::StrCat("is a group of keys; set one of them, such as ", path, ".", keys[0], "=..."));
    return;
  }
  SetFromText(meanings[0], field, word.substr(equals + 1), config, problems, origins);
}

}  // namespace ff::conf
