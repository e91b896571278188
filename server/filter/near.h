// The word that somebody may have meant. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

namespace ff::filter {

// The candidate within two typing errors (one for words of up to four letters) of `word`,
// nearest first by edit distance with transpositions; empty if there is none.
std::string NearestWord(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace ff::filter
