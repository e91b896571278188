#include "tests/fuzz/mutator.h"

#include <algorithm>
#include <utility>

namespace ff::fuzz {

Mutator::Mutator(uint64_t seed, std::vector<std::string> corpus,
                 std::vector<std::string> dictionary)
    : random_(seed), corpus_(std::move(corpus)), dictionary_(std::move(dictionary)) {}

size_t Mutator::Below(size_t bound) { return bound == 0 ? 0 : random_() % bound; }

void Mutator::Change(std::string* input) {
  const size_t at = Below(input->size() + 1);
  const size_t length = std::min(1 + Below(8), input->size() - at);
  switch (Below(9)) {
    case 0:
      if (at < input->size()) (*input)[at] ^= static_cast<char>(1 << Below(8));
      break;
    case 1:
      if (at < input->size()) (*input)[at] = static_cast<char>(Below(256));
      break;
    case 2:
      input->insert(at, 1, static_cast<char>(Below(256)));
      break;
    case 3:
      input->erase(at, length);
      break;
    case 4:
      input->insert(at, input->substr(at, length));
      break;
    case 5: {  // a long stretch of one piece: huge fields, deep nesting
      const std::string piece = input->substr(at, std::min<size_t>(length, 3));
      const size_t times = Below(400);
      std::string many;
      for (size_t i = 0; i < times; ++i) many += piece;
      input->insert(at, many);
      break;
    }
    case 6: {
      const std::string& other = corpus_[Below(corpus_.size())];
      const size_t from = Below(other.size() + 1);
      input->replace(at, std::string::npos, other.substr(from));
      break;
    }
    default:
      if (!dictionary_.empty()) {
        const std::string& word = dictionary_[Below(dictionary_.size())];
        if (Below(2) == 0)
          input->insert(at, word);
        else
          input->replace(at, std::min(word.size(), input->size() - at), word);
      }
  }
}

std::string Mutator::Next(size_t longest) {
  std::string input = corpus_[Below(corpus_.size())];
  const size_t changes = 1 + Below(6);
  for (size_t i = 0; i < changes; ++i) Change(&input);
  if (input.size() > longest) input.resize(longest);
  return input;
}

}  // namespace ff::fuzz
