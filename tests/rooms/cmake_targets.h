// The targets of every CMakeLists.txt, read as text: ff_library, ff_program, ff_test and the
// like, with SRCS and DEPS. Understands set(), list(APPEND), foreach() over words,
// target_link_libraries() and target_sources(); reads both branches of an if().
#pragma once

#include <string>
#include <vector>

namespace ff::rooms {

struct Target {
  std::string name;
  std::string cmake_file;         // where it is defined
  std::vector<std::string> srcs;  // relative to the source folder; generated ones left out
  std::vector<std::string> deps;  // as written; ${VARIABLE} where its value is not known
};

std::vector<Target> ReadTargets();

// For the test of the reader itself.
std::vector<Target> ParseTargets(const std::string& cmake_file, const std::string& text);

}  // namespace ff::rooms
