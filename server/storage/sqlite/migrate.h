// Brings a database to the newest schema, each migration in a transaction of its own.
#pragma once

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "server/storage/schema.h"
#include "server/storage/sqlite/connection.h"

namespace ff::storage {

// "ffit" in ASCII, in the header of every file of ours.
inline constexpr int kApplicationId = 0x66666974;

// Returns the schema's version. FAILED_PRECONDITION: the file belongs to another program, or
// to a newer version of this one.
absl::StatusOr<int> Migrate(Connection& db, absl::Span<const Migration> migrations);

}  // namespace ff::storage
