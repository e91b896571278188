#include "server/storage/sqlite/sqlite_store.h"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/storage/schema.h"
#include "server/storage/sqlite/backup.h"
#include "server/storage/sqlite/file_lock.h"
#include "server/storage/sqlite/migrate.h"
#include "server/storage/sqlite/session.h"
#include "server/storage/sqlite/writer.h"

namespace ff::storage {
namespace {

// Connections for reading, each used by one reader at a time; a reader beyond waits.
class ReaderPool {
 public:
  explicit ReaderPool(std::vector<std::unique_ptr<Session>> sessions)
      : idle_(std::move(sessions)) {}

  std::unique_ptr<Session> Take() {
    std::unique_lock<std::mutex> lock(mutex_);
    returned_.wait(lock, [this] { return !idle_.empty(); });
    std::unique_ptr<Session> session = std::move(idle_.back());
    idle_.pop_back();
    return session;
  }
  void GiveBack(std::unique_ptr<Session> session) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      idle_.push_back(std::move(session));
    }
    returned_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Session>> idle_;
};

class SqliteStore final : public Store {
 public:
  SqliteStore(std::string path, std::unique_ptr<FileLock> lock, std::unique_ptr<Session> writer,
              std::vector<std::unique_ptr<Session>> readers, int schema_version)
      : path_(std::move(path)),
        lock_(std::move(lock)),
        readers_(std::move(readers)),
        schema_version_(schema_version),
        writer_(std::move(writer)) {}

  absl::Status Read(absl::FunctionRef<absl::Status(View&)> read) override {
    std::unique_ptr<Session> session = readers_.Take();
    absl::Status status = session->db().Execute("BEGIN");
    if (status.ok()) {
      status = read(*session);
      // Nothing was changed, so an error here can only repeat one that was returned above.
      (void)session->db().Execute("COMMIT");
    }
    readers_.GiveBack(std::move(session));
    return status;
  }

  absl::Status Write(absl::FunctionRef<absl::Status(Transaction&)> write) override {
    return writer_.Write(write);
  }

  absl::Status Remove(absl::FunctionRef<absl::Status(Transaction&)> write) override {
    return writer_.Remove(write);
  }

  Statistics GetStatistics() override {
    const Writer::Counts counts = writer_.GetCounts();
    return {counts.writes,   counts.commits,       counts.waiting,
            schema_version_, counts.write_seconds, counts.write_times};
  }

  absl::Status Backup(const std::string& path) override { return BackUp(path_, path); }

 private:
  const std::string path_;
  const std::unique_ptr<FileLock> lock_;  // first in, last out
  ReaderPool readers_;
  const int schema_version_;
  Writer writer_;
};

absl::Status MakeParentFolder(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  if (parent.empty()) return absl::OkStatus();
  std::error_code error;
  std::filesystem::create_directories(parent, error);
  if (!error || std::filesystem::is_directory(parent)) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat(
      "cannot create the folder ", parent.string(), " for the database: ", error.message(),
      "; create it, or choose another path for the database"));
}

absl::StatusOr<std::unique_ptr<Session>> OpenSession(const std::string& path,
                                                     const std::string& pragmas) {
  absl::StatusOr<std::unique_ptr<Connection>> db = Connection::Open(path);
  if (!db.ok()) return db.status();
  auto session = std::make_unique<Session>(*std::move(db));
  if (absl::Status status = session->db().Execute(pragmas); !status.ok()) return status;
  return session;
}

// WAL, so that readers and the writer do not wait for each other. What savepoints remember stays
// in memory instead of temporary files; 32 MB of pages and 16 MB of log before they are copied
// into the database, so that a page that many writes change is copied once.
std::string WriterPragmas(const SqliteOptions& options) {
  std::string pragmas =
      absl::StrCat("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA synchronous = ",
                   options.synchronous == Synchronous::kFull ? "FULL" : "NORMAL",
                   "; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32000;"
                   " PRAGMA wal_autocheckpoint = 4000;");
  if (options.max_pages > 0) {
    absl::StrAppend(&pragmas, "PRAGMA max_page_count = ", options.max_pages, ";");
  }
  return pragmas;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const std::string& path,
                                                       const SqliteOptions& options) {
  if (absl::Status status = MakeParentFolder(path); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<FileLock>> lock = FileLock::Take(absl::StrCat(path, ".lock"));
  if (!lock.ok()) return lock.status();

  // Whose file it is must be known before anything, WAL mode included, is written to it.
  absl::StatusOr<std::unique_ptr<Session>> writer = OpenSession(path, "");
  if (!writer.ok()) return writer.status();
  absl::StatusOr<int> version = Migrate((*writer)->db(), Migrations());
  if (!version.ok()) {
    return absl::Status(version.status().code(), absl::StrCat("cannot open the database ", path,
                                                              ": ", version.status().message()));
  }
  if (absl::Status s = (*writer)->db().Execute(WriterPragmas(options)); !s.ok()) return s;

  std::vector<std::unique_ptr<Session>> readers;
  for (int i = 0; i < options.readers; ++i) {
    absl::StatusOr<std::unique_ptr<Session>> reader = OpenSession(path, "PRAGMA query_only = ON");
    if (!reader.ok()) return reader.status();
    readers.push_back(*std::move(reader));
  }
  return std::make_unique<SqliteStore>(path, *std::move(lock), *std::move(writer),
                                       std::move(readers), *version);
}

}  // namespace ff::storage
