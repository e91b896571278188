// Opening: what is refused, and with what words.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <tuple>

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

// Curves of a database from before version 5, whose points were rows, are all there.
TEST(Migrate, PointsOfBeforeAreKept) {
  TempDir dir;
  const std::string path = dir.File("ff.db");
  {
    auto db = Connection::Open(path);
    ASSERT_TRUE(db.ok());
    ASSERT_EQ(*Migrate(**db, Migrations().first(4)), 4);
    const absl::Status filled = (*db)->Execute(
        "INSERT INTO sweeps (id, name, content, state, created_at, spec_source, dropped, imported)"
        " VALUES ('s', 's', 'x', 'active', 1, '', '[]', 0);"
        "INSERT INTO experiments (sweep, id, ordinal, budget_index, plan, mode, device, tokens,"
        " steps, state) VALUES (1, 'e', 0, 0, '{}', 'synthetic', '', 1, 1, 'waiting');"
        "INSERT INTO workers VALUES"
        " ('w', '1', 'w', 'h', 1, '1', '[]', 0, 1, 1, '[]', '[]', 0, 0, 0);"
        "INSERT INTO attempts (experiment, epoch, worker, incarnation, state, started_at, deadline,"
        " resumed_from_step, step) VALUES (1, 1, 'w', '1', 'lost', 1, 1, 0, 0),"
        " (1, 2, 'w', '1', 'lost', 1, 1, 0, 0);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)"
        " INSERT INTO measurements SELECT 2501 - i, 1, 'train', i, 1 + (i > 2000), 64 * i, NULL,"
        " i * 0.5, 1, 2, 3, 4 FROM n;"
        "INSERT INTO measurements VALUES (9000, 1, 'eval', 7, 1, 8, 9, 10, 11, 12, 13, 14)");
    ASSERT_TRUE(filled.ok()) << filled;
  }
  auto store = OpenSqliteStore(path, {});
  ASSERT_TRUE(store.ok()) << store.status();
  std::vector<Measurement> points;
  ASSERT_TRUE((*store)
                  ->Read([&](View& view) -> absl::Status {
                    points = *view.ListMeasurements("s", "e", 0);
                    return absl::OkStatus();
                  })
                  .ok());
  ASSERT_EQ(points.size(), 2501u);
  std::sort(points.begin(), points.end(), [](const Measurement& a, const Measurement& b) {
    return std::tie(b.kind, a.step) < std::tie(a.kind, b.step);
  });
  for (int64_t i = 0; i < 2500; ++i) {
    ASSERT_EQ(points[i].step, i + 1);
    ASSERT_EQ(points[i].loss, 0.5 * static_cast<double>(i + 1));
    ASSERT_EQ(points[i].tokens, 64 * (i + 1));
    ASSERT_TRUE(std::isnan(points[i].flops));
  }
  EXPECT_EQ(points[2500].kind, "eval");
  EXPECT_EQ(points[2500].seconds, 14);
}

}  // namespace
}  // namespace ff::storage
