// The house plan against the real includes: who may know whom, and DEPS that say so.
// A failure lists file and line, and what to change.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/rooms/cmake_targets.h"
#include "tests/rooms/house_plan.h"
#include "tests/rooms/ownership.h"
#include "tests/rooms/source_tree.h"

namespace ff::rooms {
namespace {

// One per line, so that a failing test can be read.
class Complaints {
 public:
  template <typename... Parts>
  void Add(const Parts&... parts) {
    lines_.insert(absl::StrCat(parts...));
  }
  std::string Text() const { return absl::StrJoin(lines_, "\n"); }

 private:
  std::set<std::string> lines_;
};

bool IsTest(const std::string& file) { return absl::StartsWith(file, "tests/"); }

bool Contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class Rooms : public testing::Test {
 protected:
  Rooms() : targets_(ReadTargets()), ownership_(targets_), plan_(ReadHousePlan()) {
    for (const std::string& file : FilesBelow("")) {
      if (IsCpp(file)) files_.push_back(file);
    }
    for (const Target& target : targets_) by_name_[target.name] = &target;
  }

  bool DependsOn(const std::string& target, const std::string& dep) const {
    return Contains(by_name_.at(target)->deps, dep);
  }

  // A header of tests without a .cc belongs to no target: what it includes is included by
  // each test that includes it.
  bool IsSharedByTests(const std::string& file) const {
    return IsTest(file) && Extension(file) == ".h" && !Contains(files_, Stem(file) + ".cc");
  }

  std::set<std::string> IncludesThroughSharedHeaders(const std::string& file) const {
    std::set<std::string> includes;
    for (const Include& include : IncludesOf(file)) {
      if (!IsSharedByTests(include.path)) {
        includes.insert(include.path);
      } else if (include.path != file) {
        includes.merge(IncludesThroughSharedHeaders(include.path));
      }
    }
    return includes;
  }

  // The targets of ours and of the libraries in the plan that an include asks for.
  std::vector<std::string> TargetsFor(const std::string& include) const {
    std::vector<std::string> targets = ownership_.OwnersOf(include);
    for (const LibraryRule& rule : plan_.libraries) {
      if (Matches(rule, include) && !Contains(targets, rule.target)) {
        targets.push_back(rule.target);
      }
    }
    return targets;
  }

  bool IsKnown(const std::string& dep) const {
    if (absl::StartsWith(dep, "ff_")) return by_name_.count(dep) > 0;
    return std::any_of(plan_.libraries.begin(), plan_.libraries.end(),
                       [&dep](const LibraryRule& rule) { return rule.target == dep; });
  }

  std::vector<Target> targets_;
  Ownership ownership_;
  HousePlan plan_;
  std::vector<std::string> files_;
  std::map<std::string, const Target*> by_name_;
};

TEST_F(Rooms, EveryFileBelongsToATarget) {
  Complaints complaints;
  for (const std::string& file : files_) {
    if (ownership_.OwnersOf(file).empty()) {
      complaints.Add(file, ": no CMakeLists.txt builds it; add it to SRCS or remove it");
    }
  }
  EXPECT_TRUE(complaints.Text().empty()) << complaints.Text();
}

TEST_F(Rooms, EveryRoomIsInTheHousePlan) {
  Complaints complaints;
  for (const std::string& file : files_) {
    if (!IsTest(file) && RoomOf(plan_, file).empty()) {
      complaints.Add(file, ": its folder is no room of tests/rooms/house_plan.txt");
    }
  }
  EXPECT_TRUE(complaints.Text().empty()) << complaints.Text();
}

TEST_F(Rooms, IncludesFollowTheHousePlan) {
  Complaints complaints;
  for (const std::string& file : files_) {
    if (IsTest(file)) continue;
    const std::string room = RoomOf(plan_, file);
    for (const Include& include : IncludesOf(file)) {
      const std::string other = RoomOf(plan_, include.path);
      if (IsTest(include.path)) {
        complaints.Add(file, ":", include.line, ": includes a test's file ", include.path);
      } else if (!other.empty() && other != room && plan_.rooms[room].count(other) == 0) {
        complaints.Add(file, ":", include.line, ": ", room, " may not know ", other, " (",
                       include.path, ")");
      }
    }
  }
  EXPECT_TRUE(complaints.Text().empty()) << complaints.Text();
}

TEST_F(Rooms, LibrariesStayWhereTheyBelong) {
  Complaints complaints;
  for (const std::string& file : files_) {
    if (IsTest(file)) continue;
    for (const Include& include : IncludesOf(file)) {
      for (const LibraryRule& rule : plan_.libraries) {
        if (Matches(rule, include.path) && !IsAt(file, rule.places)) {
          complaints.Add(file, ":", include.line, ": <", include.path, "> belongs only in ",
                         absl::StrJoin(rule.places, ", "));
        }
      }
    }
  }
  EXPECT_TRUE(complaints.Text().empty()) << complaints.Text();
}

TEST_F(Rooms, TextsStayWhereTheyBelong) {
  Complaints complaints;
  for (const std::string& file : files_) {
    if (IsTest(file)) continue;
    const std::string text = ReadText(file);
    for (const TextRule& rule : plan_.texts) {
      if (absl::StrContains(text, rule.text) && !IsAt(file, rule.places)) {
        complaints.Add(file, ": ", rule.text, " belongs only in ",
                       absl::StrJoin(rule.places, ", "));
      }
    }
  }
  EXPECT_TRUE(complaints.Text().empty()) << complaints.Text();
}

TEST_F(Rooms, WhatIsIncludedStandsInDeps) {
  Complaints complaints;
  for (const std::string& file : files_) {
    if (IsSharedByTests(file)) continue;
    for (const std::string& owner : ownership_.OwnersOf(file)) {
      for (const std::string& include : IncludesThroughSharedHeaders(file)) {
        const std::vector<std::string> wanted = TargetsFor(include);
        if (wanted.empty() || Contains(wanted, owner)) continue;
        const bool any = std::any_of(wanted.begin(), wanted.end(),
                                     [&](const std::string& dep) { return DependsOn(owner, dep); });
        if (!any) {
          complaints.Add(by_name_[owner]->cmake_file, ": DEPS of ", owner, " lack ",
                         absl::StrJoin(wanted, " or "), ", which ", file, " includes (", include,
                         ")");
        }
      }
    }
  }
  EXPECT_TRUE(complaints.Text().empty()) << complaints.Text();
}

TEST_F(Rooms, WhatStandsInDepsIsIncluded) {
  std::map<std::string, std::set<std::string>> used;
  for (const std::string& file : files_) {
    for (const std::string& owner : ownership_.OwnersOf(file)) {
      used[owner].insert(owner);
      for (const Include& include : IncludesOf(file)) {
        for (const std::string& target : TargetsFor(include.path)) used[owner].insert(target);
        if (absl::EndsWith(include.path, ".grpc.pb.h")) used[owner].insert("ff_proto");
      }
    }
  }
  Complaints complaints;
  for (const Target& target : targets_) {
    // Built from generated files alone (ff_proto): there is nothing to read. A test's DEPS
    // also name what its helpers lead to; they are no part of the architecture.
    if (used.count(target.name) == 0 || IsTest(target.cmake_file)) continue;
    for (const std::string& dep : target.deps) {
      if (!IsKnown(dep) || used[target.name].count(dep) > 0) continue;
      if (plan_.link_only.count({target.name, dep}) > 0) continue;
      complaints.Add(target.cmake_file, ": ", target.name, " has ", dep,
                     " in DEPS, but none of its files includes it");
    }
  }
  EXPECT_TRUE(complaints.Text().empty()) << complaints.Text();
}

TEST_F(Rooms, DepsOfOursExist) {
  const std::set<std::string> made_by_hand = {"ff_httplib", "ff_sentencepiece", "ff_web"};
  Complaints complaints;
  for (const Target& target : targets_) {
    for (const std::string& dep : target.deps) {
      if (absl::StartsWith(dep, "ff_") && by_name_.count(dep) == 0 &&
          made_by_hand.count(dep) == 0) {
        complaints.Add(target.cmake_file, ": ", target.name, " depends on ", dep,
                       ", which no CMakeLists.txt defines");
      }
    }
  }
  EXPECT_TRUE(complaints.Text().empty()) << complaints.Text();
}

// The test is worth something only if it sees the house.
TEST_F(Rooms, TheHouseIsSeen) {
  EXPECT_GT(files_.size(), 100u);
  EXPECT_GT(targets_.size(), 10u);
  EXPECT_THAT(ownership_.OwnersOf("conf/load/load.h"), testing::ElementsAre("ff_conf_load"));
  EXPECT_THAT(ownership_.OwnersOf("server/domain/sweep.h"),
              testing::ElementsAre("ff_server_domain"));
  EXPECT_EQ(RoomOf(plan_, "server/storage/sqlite/writer.h"), "server/storage");
}

}  // namespace
}  // namespace ff::rooms
