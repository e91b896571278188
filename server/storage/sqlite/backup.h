// A copy of a database that is in use. Thread-safe: it has connections of its own.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace ff::storage {

// Copies the state of one moment into a new file, flushed to disk; writers go on meanwhile (WAL:
// a reader holds none of them up). In the copy the next attempt's id leaves a million out, so that
// reports of workers on what the original began later are known for what they are. ALREADY_EXISTS:
// there is a file at `to`. UNAVAILABLE: disk full, I/O error; nothing is left at `to`.
absl::Status BackUp(const std::string& from, const std::string& to);

}  // namespace ff::storage
