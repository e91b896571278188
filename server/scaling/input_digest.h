// What a fit rests on, in one word. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "server/scaling/isoflop_profile.h"

namespace ff::scaling {

// SHA-256 in hex over every run of the profiles: id, budget, size, tokens and loss.
std::string InputDigest(const std::vector<Profile>& profiles);

}  // namespace ff::scaling
