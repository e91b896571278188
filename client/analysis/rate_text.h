// Losses by learning rate and size of a sweep that tried several rates, for people and programs.
// Pure.
#pragma once

#include <string>

#include "client/print/table.h"
#include "ff/v1/experiment.pb.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "nlohmann/json_fwd.hpp"
#include "server/scaling/learning_rate_table.h"

namespace ff::client {

// Finished experiments and failed ones (without a loss); no rows where each model was trained at
// one rate. `training`: the final training loss in place of the held-out one.
scaling::RateTable RatesOf(const google::protobuf::RepeatedPtrField<v1::Experiment>& experiments,
                           bool training);

// A row a model, a column a rate; the best of a row is marked.
Table RateLossTable(const scaling::RateTable& rates);

// "The best rate moves by ..." and what that means.
std::string RateSummary(const scaling::RateTable& rates);

nlohmann::ordered_json RateJson(const scaling::RateTable& rates);

}  // namespace ff::client
