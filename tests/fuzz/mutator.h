// Inputs made of other inputs: bytes flipped, cut, repeated, spliced, words of a dictionary
// inserted. Seeded: the same seed and corpus give the same inputs. For use by one thread.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace ff::fuzz {

class Mutator {
 public:
  // `corpus` not empty.
  Mutator(uint64_t seed, std::vector<std::string> corpus, std::vector<std::string> dictionary);

  // At most `longest` bytes.
  std::string Next(size_t longest);

 private:
  size_t Below(size_t bound);
  void Change(std::string* input);

  std::mt19937_64 random_;
  const std::vector<std::string> corpus_, dictionary_;
};

}  // namespace ff::fuzz
