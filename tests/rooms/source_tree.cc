#include "tests/rooms/source_tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_split.h"

namespace ff::rooms {
namespace {

namespace fs = std::filesystem;

bool IsForeign(const std::string& name) {
  return name[0] == '.' || name == "build" || name == "outputs" || name == "node_modules" ||
         name == "__pycache__";
}

void AddFiles(const fs::path& folder, std::vector<std::string>* files) {
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (IsForeign(entry.path().filename().string())) continue;
    if (entry.is_directory()) {
      AddFiles(entry.path(), files);
    } else if (entry.is_regular_file()) {
      files->push_back(entry.path().lexically_relative(FF_SOURCE_DIR).string());
    }
  }
}

}  // namespace

std::vector<std::string> FilesBelow(const std::string& folder) {
  std::vector<std::string> files;
  const fs::path root = fs::path(FF_SOURCE_DIR) / folder;
  if (fs::is_directory(root)) AddFiles(root.lexically_normal(), &files);
  std::sort(files.begin(), files.end());
  return files;
}

std::string ReadText(const std::string& file) {
  std::ifstream stream(fs::path(FF_SOURCE_DIR) / file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

std::vector<std::string> ReadLines(const std::string& file) {
  std::vector<std::string> lines = absl::StrSplit(ReadText(file), '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

std::vector<Include> IncludesOf(const std::string& file) {
  std::vector<Include> includes;
  const std::vector<std::string> lines = ReadLines(file);
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].rfind("#include", 0) != 0) continue;
    const size_t open = lines[i].find_first_of("\"<");
    const size_t close = lines[i].find_first_of("\">", open + 1);
    if (open == std::string::npos || close == std::string::npos) continue;
    includes.push_back({lines[i].substr(open + 1, close - open - 1), static_cast<int>(i + 1)});
  }
  return includes;
}

std::string Extension(const std::string& file) { return fs::path(file).extension().string(); }

std::string Folder(const std::string& file) { return fs::path(file).parent_path().string(); }

std::string Stem(const std::string& file) { return fs::path(file).replace_extension().string(); }

bool IsCpp(const std::string& file) {
  const std::string extension = Extension(file);
  return extension == ".cc" || extension == ".h" || extension == ".cu" || extension == ".cuh";
}

}  // namespace ff::rooms
