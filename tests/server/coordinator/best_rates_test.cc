// Of several learning rates, a law sees the best of each size.
#include "server/coordinator/best_rates.h"

#include "tests/server/coordinator/fixture.h"

namespace ff::coordinator {
namespace {

using ::testing::HasSubstr;

Experiment RunOf(const std::string& id, int budget, int64_t layers, double rate, double loss) {
  Experiment e;
  e.id = id, e.budget_index = budget;
  e.plan.shape.layers = layers, e.plan.learning_rate = rate;
  if (std::isfinite(loss)) {
    e.result.emplace();
    e.result->final_val_loss = loss, e.result->final_train_loss = -loss;
  }
  return e;
}

std::vector<std::string> Ids(const std::vector<Experiment>& experiments) {
  std::vector<std::string> ids;
  for (const Experiment& e : experiments) ids.push_back(e.id);
  return ids;
}

TEST(BestRates, OneOfEachSizeAndBudgetIsKept) {
  std::vector<Experiment> runs = {RunOf("a", 0, 2, 1, 3.0), RunOf("b", 0, 2, 2, 2.9),
                                  RunOf("c", 0, 3, 1, 2.7), RunOf("d", 0, 3, 2, NAN),
                                  RunOf("e", 1, 2, 1, 2.5), RunOf("f", 1, 2, 2, 2.6)};
  const auto excluded = KeepBestRates("validation", &runs);
  EXPECT_THAT(Ids(runs), ::testing::ElementsAre("b", "c", "e"));
  ASSERT_EQ(excluded.size(), 3u);
  EXPECT_EQ(excluded[0].run_id, "a");
  EXPECT_THAT(excluded[0].reason, HasSubstr("learning rate 1: 2 did better"));
}

TEST(BestRates, TheLossAskedForDecides) {
  std::vector<Experiment> runs = {RunOf("a", 0, 2, 1, 3.0), RunOf("b", 0, 2, 2, 2.9)};
  KeepBestRates("training", &runs);  // the other way round in these
  EXPECT_THAT(Ids(runs), ::testing::ElementsAre("a"));
}

TEST(BestRates, WhereEveryRateDivergedAllStayToBeExplained) {
  std::vector<Experiment> runs = {RunOf("a", 0, 2, 1, NAN), RunOf("b", 0, 2, 2, NAN)};
  EXPECT_TRUE(KeepBestRates("validation", &runs).empty());
  EXPECT_EQ(runs.size(), 2u);
}

TEST(BestRates, OneRateChangesNothing) {
  std::vector<Experiment> runs = {RunOf("a", 0, 2, 1, 3.0), RunOf("b", 0, 3, 1, 2.9)};
  EXPECT_TRUE(KeepBestRates("validation", &runs).empty());
  EXPECT_EQ(runs.size(), 2u);
}

}  // namespace
}  // namespace ff::coordinator
