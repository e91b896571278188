#include "server/filter/near.h"

#include <algorithm>
#include <numeric>

namespace ff::filter {
namespace {

// Optimal string alignment: insert, delete, replace, swap of neighbours cost one each.
size_t EditDistance(const std::string& a, const std::string& b) {
  std::vector<size_t> before, last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before = last;
    last = row;
  }
  return last[b.size()];
}

}  // namespace

std::string NearestWord(const std::string& word, const std::vector<std::string>& candidates) {
  const size_t most = word.size() <= 4 ? 1 : 2;
  std::string nearest;
  size_t least = most + 1;
  for (const std::string& candidate : candidates) {
    // A distance is never below the difference of lengths; a word may be thousands of bytes long.
    if (std::max(word.size(), candidate.size()) - std::min(word.size(), candidate.size()) > most) {
      continue;
    }
    const size_t distance = EditDistance(word, candidate);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace ff::filter
