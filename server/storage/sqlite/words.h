// The words by which states are kept in the database. Pure.
#pragma once

#include <string>

#include "server/domain/experiment.h"
#include "server/domain/sweep.h"

namespace ff::storage {

const char* WordOf(ExperimentState state);
const char* WordOf(SweepState state);
// The words come from CHECKed columns, so an unknown one cannot occur.
ExperimentState ExperimentStateOf(const std::string& word);
SweepState SweepStateOf(const std::string& word);

}  // namespace ff::storage
