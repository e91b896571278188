#include "tests/rooms/ownership.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/rooms/source_tree.h"

namespace ff::rooms {
namespace {

void AddOnce(const std::string& word, std::vector<std::string>* words) {
  if (std::find(words->begin(), words->end(), word) == words->end()) words->push_back(word);
}

}  // namespace

Ownership::Ownership(const std::vector<Target>& targets) {
  for (const Target& target : targets) {
    by_name_[target.name] = target.cmake_file;
    for (const std::string& source : target.srcs) {
      AddOnce(target.name, &by_source_[source]);
      AddOnce(target.name, &by_source_[Stem(source)]);
      AddOnce(target.name, &by_folder_[Folder(source)]);
    }
  }
}

std::vector<std::string> Ownership::OwnersOf(const std::string& file) const {
  if (absl::StartsWith(file, "ff/v1/")) {
    return {absl::EndsWith(file, ".grpc.pb.h") ? "ff_proto_grpc" : "ff_proto"};
  }
  const bool header = Extension(file) == ".h" || Extension(file) == ".cuh";
  const auto source = by_source_.find(header ? Stem(file) : file);
  if (source != by_source_.end()) return source->second;
  if (!header) return {};
  for (std::string folder = Folder(file); !folder.empty(); folder = Folder(folder)) {
    const std::string name = absl::StrCat("ff_", absl::StrReplaceAll(folder, {{"/", "_"}}));
    if (by_name_.count(name) > 0) return {name};
    const auto built = by_folder_.find(folder);
    if (built != by_folder_.end()) return built->second;
  }
  return {};
}

}  // namespace ff::rooms
