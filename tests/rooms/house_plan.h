// house_plan.txt as data, and the questions the tests ask of it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ff::rooms {

struct LibraryRule {
  std::string header;  // "ceres/" (a prefix), "httplib.h", "ff/v1/*.grpc.pb.h"
  std::string target;
  std::vector<std::string> places;  // folders ("conf/load/") or stems ("client/flags")
};

struct TextRule {
  std::string text;
  std::vector<std::string> places;
};

struct HousePlan {
  std::map<std::string, std::set<std::string>> rooms;  // room -> rooms it may include
  std::vector<LibraryRule> libraries;
  std::vector<TextRule> texts;
  std::set<std::pair<std::string, std::string>> link_only;
};

HousePlan ReadHousePlan();

// The room a file is in: the longest folder of the plan that holds it; "" for none.
std::string RoomOf(const HousePlan& plan, const std::string& file);

bool Matches(const LibraryRule& rule, const std::string& include);
bool IsAt(const std::string& file, const std::vector<std::string>& places);

}  // namespace ff::rooms
