#include "server/storage/sqlite/words.h"

#include <utility>

namespace ff::storage {
namespace {

constexpr std::pair<ExperimentState, const char*> kExperimentWords[] = {
    {ExperimentState::kWaiting, "waiting"}, {ExperimentState::kLeased, "leased"},
    {ExperimentState::kRunning, "running"}, {ExperimentState::kFinished, "finished"},
    {ExperimentState::kFailed, "failed"},   {ExperimentState::kCancelled, "cancelled"},
};
constexpr std::pair<SweepState, const char*> kSweepWords[] = {
    {SweepState::kActive, "active"},
    {SweepState::kPaused, "paused"},
    {SweepState::kFinished, "finished"},
    {SweepState::kCancelled, "cancelled"},
};

template <typename State, size_t kCount>
const char* Word(const std::pair<State, const char*> (&words)[kCount], State state) {
  for (const auto& [value, word] : words) {
    if (value == state) return word;
  }
  return "";
}

template <typename State, size_t kCount>
State Value(const std::pair<State, const char*> (&words)[kCount], const std::string& text) {
  for (const auto& [value, word] : words) {
    if (text == word) return value;
  }
  return words[0].first;
}

}  // namespace

const char* WordOf(ExperimentState state) { return Word(kExperimentWords, state); }
const char* WordOf(SweepState state) { return Word(kSweepWords, state); }
ExperimentState ExperimentStateOf(const std::string& word) { return Value(kExperimentWords, word); }
SweepState SweepStateOf(const std::string& word) { return Value(kSweepWords, word); }

}  // namespace ff::storage
