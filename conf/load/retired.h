// Keys and words that flops-fit (Python) had and this does not need, with what to do
// instead: a user's old files are answered by a hint, not by "no such key". Pure.
#pragma once

#include <string>

namespace ff::conf {

// For an unknown key at a full path ("trainer.hardware.num_workers"); empty when unknown.
std::string RetiredHint(const std::string& path);

// For a word that a known key no longer takes ("trainer.mode", "mock"); empty when unknown.
std::string RetiredValueHint(const std::string& path, const std::string& value);

}  // namespace ff::conf
