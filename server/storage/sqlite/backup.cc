#include "server/storage/sqlite/backup.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/connection.h"

namespace ff::storage {
namespace {

// Attempts that the original begins after the copy was taken have ids which a coordinator on the
// copy must not give again: a worker that still reports on one of them would end another
// experiment's attempt.
constexpr char kSkipIds[] =
    "INSERT INTO sqlite_sequence (name, seq) SELECT 'attempts', 0"
    " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'attempts');"
    "UPDATE sqlite_sequence SET seq = seq + 1000000 WHERE name = 'attempts'";

absl::Status Flush(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool flushed = fd >= 0 && fsync(fd) == 0;
  if (fd >= 0) close(fd);
  if (flushed) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("flushing ", path, " failed; look at the disk"));
}

}  // namespace

absl::Status BackUp(const std::string& from, const std::string& to) {
  std::error_code error;
  if (std::filesystem::exists(to, error)) {
    return absl::AlreadyExistsError(absl::StrCat(to, " exists; a backup goes into a new file"));
  }
  absl::Status status;
  {
    absl::StatusOr<std::unique_ptr<Connection>> source = Connection::Open(from);
    if (!source.ok()) return source.status();
    absl::StatusOr<std::unique_ptr<Connection>> copy = Connection::Open(to);
    if (!copy.ok()) return copy.status();
    status = (*copy)->CopyFrom(**source);
    // One file, without a log beside it.
    if (status.ok()) status = (*copy)->Execute("PRAGMA journal_mode = DELETE");
    if (status.ok()) status = (*copy)->Execute(kSkipIds);
  }
  if (status.ok()) status = Flush(to);
  if (!status.ok()) std::filesystem::remove(to, error);
  return status;
}

}  // namespace ff::storage
