// Habits of the house that a machine can check: short files, nothing left for later.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/rooms/source_tree.h"

namespace ff::rooms {
namespace {

bool IsSource(const std::string& file) {
  static const std::set<std::string> extensions = {".cc",  ".h",    ".cu",    ".cuh", ".proto",
                                                   ".py",  ".sh",   ".js",    ".mjs", ".css",
                                                   ".sql", ".html", ".cmake", ".yaml"};
  return extensions.count(Extension(file)) > 0 || absl::EndsWith(file, "CMakeLists.txt");
}

TEST(Sources, NoFileIsOver400Lines) {
  constexpr size_t kMost = 400;
  std::string complaints;
  for (const std::string& file : FilesBelow("")) {
    if (!IsSource(file)) continue;
    const size_t lines = ReadLines(file).size();
    if (lines > kMost) absl::StrAppend(&complaints, file, " has ", lines, " lines\n");
  }
  EXPECT_TRUE(complaints.empty()) << complaints;
}

TEST(Sources, NothingIsLeftForLater) {
  // Put together here, or this file would find itself.
  const std::vector<std::string> marks = {absl::StrCat("TO", "DO"), absl::StrCat("FIX", "ME"),
                                          absl::StrCat("XX", "X ")};
  std::string complaints;
  for (const std::string& file : FilesBelow("")) {
    if (!IsSource(file)) continue;
    const std::vector<std::string> lines = ReadLines(file);
    for (size_t i = 0; i < lines.size(); ++i) {
      for (const std::string& mark : marks) {
        if (absl::StrContains(lines[i], mark)) {
          absl::StrAppend(&complaints, file, ":", i + 1, ": ", lines[i], "\n");
        }
      }
    }
  }
  EXPECT_TRUE(complaints.empty()) << complaints;
}

TEST(Sources, EveryHeaderIsGuardedAndExplainsItself) {
  std::string complaints;
  for (const std::string& file : FilesBelow("")) {
    if (Extension(file) != ".h" || absl::StartsWith(file, "tests/")) continue;
    const std::vector<std::string> lines = ReadLines(file);
    if (!absl::StrContains(ReadText(file), "#pragma once")) {
      absl::StrAppend(&complaints, file, ": no #pragma once\n");
    }
    if (lines.empty() || !absl::StartsWith(lines[0], "//")) {
      absl::StrAppend(&complaints, file, ": does not open with what it is\n");
    }
  }
  EXPECT_TRUE(complaints.empty()) << complaints;
}

}  // namespace
}  // namespace ff::rooms
