// A Store in one SQLite file in WAL mode. Beside it lie <path>-wal and <path>-shm, which
// belong to SQLite, and <path>.lock, held for as long as the store is open so that a
// second coordinator on the same file is refused. One connection writes, a few read.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/storage/store.h"

namespace ff::storage {

enum class Synchronous {
  kFull,   // an acknowledged write survives loss of power
  kNormal  // it survives the end of the program, however sudden
};

struct SqliteOptions {
  Synchronous synchronous = Synchronous::kFull;
  int readers = 4;
  // Tests only: the file may not grow beyond this many pages of 4 KiB. 0: no limit.
  int64_t max_pages = 0;
};

// Opens or creates; brings an older schema up to date, each migration in a transaction.
// Parent folders are created. FAILED_PRECONDITION: the file is another program's, or of a
// newer version of this one, or another process has it open. PERMISSION_DENIED: the folder or
// the file cannot be written. UNAVAILABLE: I/O error or disk full.
absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const std::string& path,
                                                       const SqliteOptions& options);

}  // namespace ff::storage
