// The project's own files, as tests of its structure see them: everything under the source
// folder but build folders, fetched packages and hidden folders. Paths are relative to it.
#pragma once

#include <string>
#include <vector>

namespace ff::rooms {

struct Include {
  std::string path;  // as written between the quotes or angle brackets
  int line = 0;
};

// Sorted paths of all files below `folder` ("" for the whole tree).
std::vector<std::string> FilesBelow(const std::string& folder);

std::string ReadText(const std::string& file);
std::vector<std::string> ReadLines(const std::string& file);
std::vector<Include> IncludesOf(const std::string& file);

// ".cc" of "a/b.cc"; "" without a dot. "a" of "a/b.cc". "a/b" of "a/b.cc".
std::string Extension(const std::string& file);
std::string Folder(const std::string& file);
std::string Stem(const std::string& file);

bool IsCpp(const std::string& file);  // .cc .h .cu .cuh

}  // namespace ff::rooms
