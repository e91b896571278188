// Model shapes of the benchmarks by name: the first seven as in the Python scripts that ours is
// compared with, so that their peaks of memory can be held against the planner's estimates.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace ff::bench {

struct ModelSize {
  int64_t d_model, layers, head_dim, seq, batch, d_ff, vocab;
};

// Then what a sweep over bytes trains on a GPU, and shapes of the CPU quickstart from the smallest
// to the largest.
inline const std::map<std::string, ModelSize>& ModelSizes() {
  static const std::map<std::string, ModelSize> sizes = {
      {"1m", {128, 4, 32, 256, 64, 512, 50304}},
      {"3m", {192, 6, 64, 256, 64, 768, 50304}},
      {"10m", {320, 8, 64, 512, 32, 1280, 50304}},
      {"30m", {512, 10, 64, 1024, 32, 2048, 50304}},
      {"124m", {768, 12, 64, 1024, 32, 3072, 50304}},
      {"350m", {1024, 24, 64, 1024, 24, 4096, 50304}},
      {"1b", {2048, 20, 128, 2048, 8, 8192, 50304}},
      {"tiny", {64, 3, 32, 256, 16, 256, 256}},
      {"small", {128, 4, 32, 256, 32, 512, 256}},
      {"small64", {128, 4, 32, 256, 64, 512, 256}},
      {"quick_8", {8, 2, 4, 128, 8, 24, 256}},
      {"quick_16", {16, 2, 8, 128, 8, 64, 256}},
      {"quick_28", {28, 2, 14, 128, 8, 112, 256}},
      {"quick_44", {44, 2, 22, 128, 8, 176, 256}},
      {"quick_64", {64, 2, 32, 128, 8, 256, 256}}};
  return sizes;
}

}  // namespace ff::bench
