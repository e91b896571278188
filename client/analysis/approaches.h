// Small questions about an analysis that its printers share. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "ff/v1/analysis.pb.h"

namespace ff::client {

// Whether the fit's own laws are those of IsoFLOP profiles.
bool HasProfiles(const v1::Fit& fit);

// Those of every approach, each once, each beginning with the approach's name.
std::vector<std::string> WarningsOf(const v1::Fit& fit);

}  // namespace ff::client
