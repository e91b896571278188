// The words of the vocabulary as ffctl prints and reads them: states in lower case, a
// shape as LxDxH, near names for a mistyped word. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/print/text.h"
#include "ff/v1/experiment.pb.h"
#include "ff/v1/sweep.pb.h"
#include "server/filter/near.h"

namespace ff::client {

std::string StateWord(v1::ExperimentState state);
std::string StateWord(v1::SweepState state);

// Green for finished, red for failed, and so on.
std::string Painted(const std::string& state_word, const Style& style);

// INVALID_ARGUMENT lists the words and names the nearest.
absl::StatusOr<v1::ExperimentState> ParseExperimentState(const std::string& word);

// "4x256x4": layers x d_model x heads.
std::string ShapeWord(const v1::ModelShape& shape);

// "2026-01-31 12:00:00" in local time; "-" for an unset time.
std::string LocalTime(const google::protobuf::Timestamp& time);

// The candidate that somebody who typed `word` may have meant; empty: none is near.
using filter::NearestWord;

}  // namespace ff::client
