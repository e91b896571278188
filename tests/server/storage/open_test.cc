// Opening: what is refused, and with what words.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "server/storage/schema.h"
#include "server/storage/sqlite/migrate.h"
#include "server/storage/sqlite/sqlite_store.h"
#include "server/storage/sqlite/statement.h"
#include "tests/server/storage/samples.h"

namespace ff::storage {
namespace {

using ::testing::HasSubstr;

void Sql(const std::string& path, const std::string& sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(db);
}

std::string Bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Open, CreatesFoldersAndSaysTheSchema) {
  TempDir dir;
  auto store = OpenSqliteStore(dir.File("new/deep/ff.db"), {});
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->GetStatistics().schema_version, Migrations().back().version);
}

TEST(Open, ANewerSchemaIsRefused) {
  TempDir dir;
  const std::string path = dir.File("ff.db");
  ASSERT_TRUE(OpenSqliteStore(path, {}).ok());
  Sql(path, "PRAGMA user_version = 999");
  const absl::Status status = OpenSqliteStore(path, {}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("schema version 999"));
}

TEST(Open, AnotherProgramsDatabaseIsRefusedUntouched) {
  TempDir dir;
  const std::string path = dir.File("photos.db");
  Sql(path, "CREATE TABLE photos (name TEXT)");
  const std::string before = Bytes(path);
  const absl::Status status = OpenSqliteStore(path, {}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("another program"));
  EXPECT_EQ(Bytes(path), before);
}

TEST(Open, AFileThatIsNoDatabaseIsRefusedUntouched) {
  TempDir dir;
  const std::string path = dir.File("letter.txt");
  std::ofstream(path) << std::string(5000, 'a');
  const absl::Status status = OpenSqliteStore(path, {}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_EQ(Bytes(path), std::string(5000, 'a'));
}

TEST(Open, ASecondProcessIsRefusedAndTheFirstIsNamed) {
  TempDir dir;
  const std::string path = dir.File("ff.db");
  auto first = OpenSqliteStore(path, {});
  ASSERT_TRUE(first.ok());
  const absl::Status status = OpenSqliteStore(path, {}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("in use by process " + std::to_string(getpid())));
  first->reset();
  EXPECT_TRUE(OpenSqliteStore(path, {}).ok());
}

// Root writes anywhere, so the child becomes nobody first.
TEST(Open, AFolderThatCannotBeWrittenIsRefused) {
  TempDir dir;
  const std::string folder = dir.File("");
  ASSERT_EQ(chmod(folder.c_str(), 0555), 0);
  const pid_t child = fork();
  if (child == 0) {
    if (getuid() == 0 && setuid(65534) != 0) _exit(2);
    const absl::Status status = OpenSqliteStore(dir.File("ff.db"), {}).status();
    const bool clear = absl::IsPermissionDenied(status) &&
                       status.message().find("writable") != absl::string_view::npos;
    _exit(clear ? 0 : 1);
  }
  int exit = 0;
  ASSERT_EQ(waitpid(child, &exit, 0), child);
  EXPECT_EQ(WEXITSTATUS(exit), 0);
  chmod(folder.c_str(), 0755);
}

TEST(Migrate, GoesOnFromWhereAnOlderProgramStoppedAndAFailureChangesNothing) {
  TempDir dir;
  auto db = Connection::Open(dir.File("ff.db"));
  ASSERT_TRUE(db.ok());
  const Migration first{1, "0001_a", "CREATE TABLE a (x INTEGER) STRICT;"};
  const Migration second{2, "0002_b",
                         "CREATE TABLE b (x INTEGER) STRICT; INSERT INTO a VALUES (1);"};
  const Migration broken{3, "0003_c",
                         "CREATE TABLE c (x INTEGER) STRICT; INSERT INTO nowhere VALUES (1);"};
  EXPECT_EQ(*Migrate(**db, {first}), 1);
  EXPECT_EQ(*Migrate(**db, {first, second}), 2);
  const absl::Status status = Migrate(**db, {first, second, broken}).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("0003_c"));
  EXPECT_EQ(*Migrate(**db, {first, second}), 2);
  Statement tables(**db, "SELECT group_concat(name) FROM sqlite_schema");
  ASSERT_TRUE(tables.Next());
  EXPECT_EQ(tables.Text(), "a,b");
}

}  // namespace
}  // namespace ff::storage
