// Small plotly figures and a throw-away folder for the tests of client/render.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace ff::render {

class TempDir {
 public:
  TempDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ff-test-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  std::string File(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline void WriteFile(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

// Loss against model size at two budgets, log x axis.
inline std::string IsoflopFigure() {
  return R"json({"data": [
    {"type": "scatter", "mode": "lines+markers", "name": "1e13 FLOP",
     "x": [2e4, 5e4, 1e5, 2e5, 5e5], "y": [3.31, 3.12, 3.05, 3.09, 3.28]},
    {"type": "scatter", "mode": "lines+markers", "name": "1e14 FLOP",
     "x": [6e4, 1.5e5, 3e5, 6e5, 1.5e6], "y": [2.92, 2.74, 2.68, 2.72, 2.9]}],
    "layout": {"title": {"text": "IsoFLOP curves"}, "paper_bgcolor": "#ffffff",
     "xaxis": {"type": "log", "title": {"text": "Parameters N"}},
     "yaxis": {"title": {"text": "Validation loss (nats a token)"}}}})json";
}

}  // namespace ff::render
