#include "client/print/words.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

namespace ff::client {
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

std::string NearestWord(const std::string& word, const std::vector<std::string>& candidates) {
  const size_t most = word.size() <= 4 ? 1 : 2;
  std::string nearest;
  size_t least = most + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(word, candidate);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace ff::client
