// Every key of the configuration is read by something that acts on it.
//
// A key counts as read where code names its accessor together with its group: `level()` in a
// file that also says `log()` and `coordinator()` or `CoordinatorConfig`. A key that only
// server/convert/ reads, into a member of a domain struct, counts when that member is used by
// code that decides or computes: not by what merely copies, stores or transmits it.
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "conf/load/schema.h"
#include "tests/rooms/source_tree.h"

namespace ff::conf {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

bool IsBelow(const std::string& file, const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    if (absl::StartsWith(file, folder)) return true;
  }
  return false;
}

bool HasWord(const std::string& text, const std::string& word) {
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const auto is_letter = [&text](size_t i) {
      return i < text.size() && (isalnum(static_cast<unsigned char>(text[i])) || text[i] == '_');
    };
    if ((at == 0 || !is_letter(at - 1)) && !is_letter(at + word.size())) return true;
  }
  return false;
}

// `.member` or `->member` of something, and not the beginning of a longer name.
bool HasMember(const std::string& text, const std::string& member) {
  for (const std::string& access : {"." + member, "->" + member}) {
    for (size_t at = text.find(access); at != std::string::npos; at = text.find(access, at + 1)) {
      const size_t end = at + access.size();
      if (end == text.size()) return true;
      if (!isalnum(static_cast<unsigned char>(text[end])) && text[end] != '_') return true;
    }
  }
  return false;
}

// `name()` as a call on something.
bool Calls(const std::string& text, const std::string& name) {
  return absl::StrContains(text, absl::StrCat(".", name, "()")) ||
         absl::StrContains(text, absl::StrCat("->", name, "()"));
}

// The code speaks of a group: by its accessor or by its type.
bool SpeaksOf(const std::string& text, const std::string& accessor, const Descriptor& type) {
  return Calls(text, accessor) || HasWord(text, type.name());
}

struct Key {
  std::string path;  // in full
  const FieldDescriptor* field = nullptr;
  std::vector<std::pair<std::string, const Descriptor*>> groups;  // section first
};

std::vector<Key> AllKeys() {
  std::vector<Key> keys;
  for (const std::string& section : SectionNames()) {
    const Descriptor& root = *SectionDescriptor(section);
    for (const std::string& path : ValuePaths(root)) {
      Key key{absl::StrCat(section, ".", path), FindPath(root, path), {{section, &root}}};
      const std::vector<std::string> names = absl::StrSplit(path, '.');
      for (size_t i = 0; i + 1 < names.size(); ++i) {
        const Descriptor& outer = *key.groups.back().second;
        key.groups.emplace_back(names[i], outer.FindFieldByName(names[i])->message_type());
      }
      keys.push_back(key);
    }
  }
  return keys;
}

bool Reads(const std::string& text, const Key& key) {
  if (!Calls(text, key.field->name())) return false;
  for (const auto& [accessor, type] : key.groups) {
    if (!SpeaksOf(text, accessor, *type)) return false;
  }
  return true;
}

class KeysAreRead : public testing::Test {
 protected:
  KeysAreRead() {
    for (const std::string& file : rooms::FilesBelow("")) {
      if (!rooms::IsCpp(file) || IsBelow(file, {"tests/", "conf/"})) continue;
      texts_[file] = rooms::ReadText(file);
    }
  }

  // Members that server/convert/ fills from the key: "x.member = y.key()", ".member = y.key()".
  std::set<std::string> MembersFilledFrom(const Key& key) const {
    const std::regex assignment(
        absl::StrCat(R"((\w+)\s*=\s*[^=;,]*[.>])", key.field->name(), R"(\(\))"));
    std::set<std::string> members;
    for (const auto& [file, text] : texts_) {
      if (!IsBelow(file, {"server/convert/"}) || !Reads(text, key)) continue;
      for (std::sregex_iterator it(text.begin(), text.end(), assignment), end; it != end; ++it) {
        members.insert((*it)[1]);
      }
    }
    return members;
  }

  bool IsUsed(const std::string& member) const {
    const std::vector<std::string> carriers = {"server/convert/", "server/domain/",
                                               "server/storage/", "worker/protocol/",
                                               "client/print/"};
    for (const auto& [file, text] : texts_) {
      if (IsBelow(file, carriers)) continue;
      if (HasMember(text, member)) return true;
    }
    return false;
  }

  // Why the key counts as unread; empty when something reads it.
  std::string Complaint(const Key& key) const {
    for (const auto& [file, text] : texts_) {
      if (!IsBelow(file, {"server/convert/"}) && Reads(text, key)) return "";
    }
    const std::set<std::string> members = MembersFilledFrom(key);
    if (members.empty()) return absl::StrCat(key.path, ": read by nothing\n");
    for (const std::string& member : members) {
      if (IsUsed(member)) return "";
    }
    return absl::StrCat(key.path, ": server/convert/ copies it to ", absl::StrJoin(members, ", "),
                        ", which nothing uses\n");
  }

  std::map<std::string, std::string> texts_;
};

TEST_F(KeysAreRead, BySomethingThatActsOnThem) {
  std::string complaints;
  for (const Key& key : AllKeys()) absl::StrAppend(&complaints, Complaint(key));
  EXPECT_TRUE(complaints.empty()) << complaints;
}

// The test would be worth nothing if it took everything for read.
TEST_F(KeysAreRead, AKeyThatNoCodeNamesIsFound) {
  for (Key key : AllKeys()) {
    if (key.path != "coordinator.log.level") continue;
    EXPECT_FALSE(Reads("config.trainer().level()", key));
    EXPECT_FALSE(Reads("config.worker().log().level()", key));
    EXPECT_TRUE(Reads("const v1::CoordinatorConfig& c; c.log().level()", key));
  }
  EXPECT_FALSE(IsUsed("a_member_that_nobody_has"));
  EXPECT_GT(AllKeys().size(), 100u);
}

}  // namespace
}  // namespace ff::conf
