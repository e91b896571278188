// What a fit rests on, in one word. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "server/domain/run_table.h"
#include "server/scaling/isoflop_profile.h"

namespace ff::scaling {

// SHA-256 in hex over every run of the profiles: id, budget, size, tokens and loss.
std::string InputDigest(const std::vector<Profile>& profiles);

// The same over every run of a table: id, budget, size, tokens, compute and loss.
std::string TableDigest(const RunTable& table);

}  // namespace ff::scaling
