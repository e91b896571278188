// A file in a folder of its own that goes with it.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace ff::conf {

class TempFile {
 public:
  TempFile(const std::string& name, const std::string& text) {
    const char* tmp = getenv("TMPDIR");
    std::string pattern = std::string(tmp == nullptr ? "/tmp" : tmp) + "/ff-conf-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    path_ = folder_ + "/" + name;
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TempFile() {
    unlink(path_.c_str());
    rmdir(folder_.c_str());
  }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string folder_, path_;
};

}  // namespace ff::conf
