// What a target says when something does not hold that must.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace ff::fuzz {

// Ends the program where `holds` is false: a fuzzer notices nothing else.
inline void Check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

}  // namespace ff::fuzz
