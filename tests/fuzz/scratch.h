// A folder of its own for targets whose parser takes a path; in memory where that can be had,
// removed when the program ends in the ordinary way. For one thread.
#pragma once

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/string_view.h"

namespace ff::fuzz {

class Scratch {
 public:
  Scratch() {
    struct stat info;
    std::string name = stat("/dev/shm", &info) == 0 ? "/dev/shm/ff-fuzz-XXXXXX" : "ff-fuzz-XXXXXX";
    path_ = mkdtemp(name.data()) == nullptr ? "." : name;
  }
  ~Scratch() {
    std::error_code ignored;
    if (path_ != ".") std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::string& path() const { return path_; }
  std::string Write(const std::string& name, absl::string_view content) const {
    std::string file = path_ + "/" + name;
    std::ofstream(file, std::ios::binary).write(content.data(), static_cast<long>(content.size()));
    return file;
  }

 private:
  std::string path_;
};

}  // namespace ff::fuzz
