#include "client/print/words.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

namespace ff::client {
std::string StateWord(v1::ExperimentState state) {
  const std::string name = v1::ExperimentState_Name(state);
  return absl::AsciiStrToLower(name.substr(std::min(name.size(), sizeof("EXPERIMENT_STATE_") - 1)));
}

std::string StateWord(v1::SweepState state) {
  const std::string name = v1::SweepState_Name(state);
  return absl::AsciiStrToLower(name.substr(std::min(name.size(), sizeof("SWEEP_STATE_") - 1)));
}

std::string Painted(const std::string& state_word, const Style& style) {
  if (state_word == "finished") return style.Green(state_word);
  if (state_word == "failed") return style.Red(state_word);
  if (state_word == "running" || state_word == "active") return style.Cyan(state_word);
  if (state_word == "paused" || state_word == "cancelled") return style.Yellow(state_word);
  return state_word;
}

absl::StatusOr<v1::ExperimentState> ParseExperimentState(const std::string& word) {
  std::vector<std::string> words;
  for (int i = v1::EXPERIMENT_STATE_WAITING; i <= v1::EXPERIMENT_STATE_CANCELLED; ++i) {
    const auto state = static_cast<v1::ExperimentState>(i);
    words.push_back(StateWord(state));
    if (words.back() == word) return state;
  }
  const std::string near = NearestWord(word, words);
  return absl::InvalidArgumentError(absl::StrCat(
      "no state is called '", word, "'\n", near.empty() ? "" : "did you mean '" + near + "'? ",
      "states are ", absl::StrJoin(words, ", ")));
}

std::string ShapeWord(const v1::ModelShape& shape) {
  return absl::StrCat(shape.layers(), "x", shape.d_model(), "x", shape.heads());
}

std::string LocalTime(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0) return "-";
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", absl::FromUnixSeconds(time.seconds()),
                          absl::LocalTimeZone());
}

}  // namespace ff::client
