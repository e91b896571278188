// A disk without room: the write says so and changes nothing; with room again it works.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "server/storage/sqlite/sqlite_store.h"
#include "tests/server/storage/samples.h"

namespace ff::storage {
namespace {

using ::testing::HasSubstr;

absl::Status AddBig(Store& store, const std::string& id) {
  return store.Write([&](Transaction& tx) {
    Sweep sweep = SampleSweep(id);
    sweep.spec_source = std::string(100'000, 'x');
    return tx.AddSweep(sweep, "x");
  });
}

bool Has(Store& store, const std::string& id) {
  return store.Read([&](View& view) -> absl::Status { return view.GetSweep(id).status(); }).ok();
}

// SQLite's own page limit gives SQLITE_FULL exactly as a full disk does.
TEST(DiskFull, TheWriteIsUnavailableAndSmallerOnesStillWork) {
  TempDir dir;
  SqliteOptions options;
  options.max_pages = 100;
  auto store = OpenSqliteStore(dir.File("ff.db"), options);
  ASSERT_TRUE(store.ok()) << store.status();
  absl::Status status;
  int written = 0;
  while (status.ok() && written < 50) status = AddBig(**store, "big" + std::to_string(written++));
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("full"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("free some disk space"));
  EXPECT_FALSE(Has(**store, "big" + std::to_string(written - 1)));
  EXPECT_TRUE(Has(**store, "big0"));
  EXPECT_TRUE((*store)
                  ->Write([](Transaction& tx) {
                    return tx.AddEvent({0, At(1), "big0", "", 0, "small", ""});
                  })
                  .ok());
}

// The operating system's limit on a file's size, in a process of its own: writing to the
// log of the database itself fails, and works again once the limit is lifted.
TEST(DiskFull, WorksAgainOnceThereIsRoom) {
  TempDir dir;
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    auto store = OpenSqliteStore(dir.File("ff.db"), {});
    if (!store.ok() || !AddBig(**store, "before").ok()) _exit(1);
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    const struct rlimit tight = {400'000, limit.rlim_max};
    setrlimit(RLIMIT_FSIZE, &tight);
    absl::Status status;
    int written = 0;
    while (status.ok() && written < 50) status = AddBig(**store, "big" + std::to_string(written++));
    if (!absl::IsUnavailable(status)) _exit(2);
    if (Has(**store, "big" + std::to_string(written - 1))) _exit(3);
    setrlimit(RLIMIT_FSIZE, &limit);
    if (!AddBig(**store, "after").ok()) _exit(4);
    _exit(Has(**store, "before") && Has(**store, "after") ? 0 : 5);
  }
  int exit = 0;
  ASSERT_EQ(waitpid(child, &exit, 0), child);
  EXPECT_TRUE(WIFEXITED(exit));
  EXPECT_EQ(WEXITSTATUS(exit), 0);
}

}  // namespace
}  // namespace ff::storage
