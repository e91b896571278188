// A store on a real file that is closed and opened again, with a sweep to begin with.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "server/storage/sqlite/sqlite_store.h"
#include "tests/server/storage/samples.h"

namespace ff::storage {

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() { Reopen(); }

  void Reopen() {
    store_.reset();
    auto opened = OpenSqliteStore(dir_.File("ff.db"), {});
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }
  template <typename F>
  absl::Status Write(F f) {
    return store_->Write([&](Transaction& tx) -> absl::Status { return f(tx); });
  }
  template <typename T, typename F>
  T Get(F f) {
    T value{};
    const absl::Status status = store_->Read([&](View& view) -> absl::Status {
      auto got = f(view);
      if (got.ok()) value = *std::move(got);
      return got.status();
    });
    EXPECT_TRUE(status.ok()) << status;
    return value;
  }
  // Sweep "s" with experiments e0, e1, e2 and worker "w".
  void Fill() {
    ASSERT_TRUE(Write([](Transaction& tx) {
                  EXPECT_TRUE(tx.AddSweep(SampleSweep("s"), "content").ok());
                  for (int i = 0; i < 3; ++i) {
                    EXPECT_TRUE(
                        tx.AddExperiment(SampleExperiment("s", "e" + std::to_string(i), i)).ok());
                  }
                  return tx.PutWorker(SampleWorker("w"), 1);
                }).ok());
  }
  int64_t Lease(const std::string& id, int64_t epoch) {
    int64_t attempt = 0;
    EXPECT_TRUE(Write([&](Transaction& tx) {
                  auto added = tx.AddAttempt(SampleAttempt("s", id, "w", epoch));
                  EXPECT_TRUE(added.ok()) << added.status();
                  attempt = added.value_or(0);
                  return tx.UpdateExperiment(
                      "s", id, {ExperimentState::kLeased, epoch, 0, attempt, "", std::nullopt});
                }).ok());
    return attempt;
  }
  void End(int64_t attempt_id) {
    EXPECT_TRUE(Write([&](Transaction& tx) {
                  return tx.EndAttempt(attempt_id, "lost", Failure{"lost", "gone"}, At(40));
                }).ok());
  }

  TempDir dir_;
  std::unique_ptr<Store> store_;
};

}  // namespace ff::storage
