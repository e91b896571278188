// Collects what is wrong with a configuration, so that a user sees it all at once.
// Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace ff::conf {

class Problems {
 public:
  // where: "my.yaml:7" or "command line"; path: full path of the key, may be empty.
  void Add(const std::string& where, const std::string& path, const std::string& what);
  // A message that already says where it belongs.
  void AddLine(const std::string& line) { lines_.push_back(line); }
  bool Any() const { return !lines_.empty(); }

  // OK, or INVALID_ARGUMENT with a line for each of the first 20.
  absl::Status ToStatus() const;

 private:
  std::vector<std::string> lines_;
};

}  // namespace ff::conf
