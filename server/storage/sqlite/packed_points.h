// Measurements as the bytes of a batch (schema/0005), and the SQL function pack_points that
// brings rows of before into that form. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "server/domain/experiment.h"
#include "server/storage/sqlite/connection.h"

namespace ff::storage {

std::string PackPoints(absl::Span<const Measurement> points);

// Appends the points, the last of which has the number `last_seq`. DATA_LOSS: not a whole
// number of records.
absl::Status UnpackPoints(const std::string& packed, int64_t last_seq,
                          std::vector<Measurement>* points);

// Makes the aggregate pack_points(kind, step, ...) known to this connection.
absl::Status DefinePackPoints(Connection& db);

}  // namespace ff::storage
