// What conditions over experiments can ask for. Pure; thread-safe.
#pragma once

#include <vector>

#include "server/filter/condition.h"

namespace ff::filter {

const std::vector<Field>& ExperimentFields();

}  // namespace ff::filter
