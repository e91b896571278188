#include "tests/rooms/house_plan.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "tests/rooms/source_tree.h"

namespace ff::rooms {
namespace {

std::vector<std::string> Split(absl::string_view words) {
  return absl::StrSplit(words, ' ', absl::SkipWhitespace());
}

void ReadLine(const std::string& line, HousePlan* plan) {
  const std::string kind = line.substr(0, line.find(' '));
  const std::string rest = line.substr(line.find(' ') + 1);
  // The first ": ", or the ":" at the end: a target's own "::" is neither.
  const size_t colon = rest.find(": ") == std::string::npos ? rest.size() - 1 : rest.find(": ");
  const std::string left = rest.substr(0, colon);
  const std::vector<std::string> right = Split(rest.substr(colon + 1));
  const std::vector<std::string> words = Split(left);
  if (kind == "room") {
    plan->rooms[left] = {right.begin(), right.end()};
  } else if (kind == "library") {
    plan->libraries.push_back({words[0], words[1], right});
  } else if (kind == "text") {
    plan->texts.push_back({left, right});
  } else if (kind == "link-only") {
    plan->link_only.insert({words[0], words[2]});
  }
}

}  // namespace

HousePlan ReadHousePlan() {
  HousePlan plan;
  for (const std::string& line : ReadLines("tests/rooms/house_plan.txt")) {
    if (!line.empty() && line[0] != '#') ReadLine(line, &plan);
  }
  return plan;
}

std::string RoomOf(const HousePlan& plan, const std::string& file) {
  if (absl::StartsWith(file, "ff/v1/")) return "proto";
  std::string best;
  for (const auto& [room, allowed] : plan.rooms) {
    if (absl::StartsWith(file, room + "/") && room.size() > best.size()) best = room;
  }
  return best;
}

bool Matches(const LibraryRule& rule, const std::string& include) {
  const size_t star = rule.header.find('*');
  if (star == std::string::npos) return absl::StartsWith(include, rule.header);
  return absl::StartsWith(include, rule.header.substr(0, star)) &&
         absl::EndsWith(include, rule.header.substr(star + 1));
}

bool IsAt(const std::string& file, const std::vector<std::string>& places) {
  for (const std::string& place : places) {
    if (place.back() == '/' ? absl::StartsWith(file, place) : Stem(file) == place) return true;
  }
  return false;
}

}  // namespace ff::rooms
