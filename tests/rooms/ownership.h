// Which target a source file belongs to. A .cc belongs to those that list it; a header to
// those of the .cc of its name, else to the library named by its folder, else to what is
// built from its folder.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/rooms/cmake_targets.h"

namespace ff::rooms {

class Ownership {
 public:
  explicit Ownership(const std::vector<Target>& targets);

  // Names of the owners; of generated proto headers too. Empty: nobody's.
  std::vector<std::string> OwnersOf(const std::string& file) const;

 private:
  std::map<std::string, std::vector<std::string>> by_source_;  // also by stem, without .cc
  std::map<std::string, std::vector<std::string>> by_folder_;
  std::map<std::string, std::string> by_name_;
};

}  // namespace ff::rooms
