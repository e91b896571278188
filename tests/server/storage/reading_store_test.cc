// What people read: experiments by condition and order, long curves at the price of what is seen,
// logs from a byte or a time on, attempts and events of a sweep.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "absl/strings/str_cat.h"
#include "server/filter/evaluate.h"
#include "server/filter/experiment_fields.h"
#include "server/filter/parse.h"
#include "tests/server/storage/store_fixture.h"

namespace ff::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ReadingTest : public StoreTest {
 protected:
  std::vector<std::string> Ids(const std::string& condition, const std::string& order = "",
                               bool down = false) {
    ExperimentFilter filter{.sweep_id = "s"};
    const auto parsed = filter::Parse(condition, filter::ExperimentFields());
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    filter.where = *parsed;
    filter.order_by = order;
    filter.down = down;
    std::vector<std::string> ids;
    for (const Experiment& e :
         Get<std::vector<Experiment>>([&](View& v) { return v.ListExperiments(filter); })) {
      ids.push_back(e.id);
    }
    EXPECT_EQ(Get<int>([&](View& v) { return v.CountExperiments(filter); }),
              static_cast<int>(ids.size()));
    return ids;
  }
};

// e0 finished with a loss, e1 failed, e2 waiting.
TEST_F(ReadingTest, ConditionsMeanInSqlWhatTheyMeanElsewhere) {
  Fill();
  ASSERT_TRUE(
      Write([](Transaction& tx) -> absl::Status {
        EXPECT_TRUE(tx.AddResult("s", "e0", SampleResult()).ok());
        EXPECT_TRUE(tx.UpdateExperiment("s", "e0", {ExperimentState::kFinished, 1, 0, 0, ""}).ok());
        return tx.UpdateExperiment(
            "s", "e1",
            {ExperimentState::kFailed, 2, 1, 0, "", Failure{"diverged", "Loss is NaN at 50 %"}});
      }).ok());
  const auto all =
      Get<std::vector<Experiment>>([](View& v) { return v.ListExperiments({.sweep_id = "s"}); });
  const auto value_of = [](const Experiment& e, const std::string& field) {
    filter::Value value;
    if (field == "id") value.text = e.id;
    if (field == "state") {
      value.text = e.state == ExperimentState::kFinished ? "finished"
                   : e.state == ExperimentState::kFailed ? "failed"
                                                         : "waiting";
    }
    if (field == "budget") value.number = e.budget_flops;
    if (field == "n") {
      value.number = static_cast<double>(e.result ? e.result->parameters : e.plan.parameters);
    }
    if (field == "lr") value.number = e.plan.learning_rate;
    if (field == "val_loss" && e.result) value.number = e.result->final_val_loss;
    if (field == "failure" && e.failure) value.text = e.failure->kind;
    if (field == "message" && e.failure) value.text = e.failure->message;
    return value;
  };
  for (const char* condition :
       {"state = failed", "state != failed", "state in (failed, waiting)", "state not in (failed)",
        "val_loss < 1e9", "not val_loss < 1e9", "val_loss = none", "val_loss != none",
        "failure ~ DIVER", "failure !~ x", "message ~ '50 %'",
        "id = e1 or (val_loss > 0 and lr < 1)", "not (state = failed or val_loss = none)",
        "n > 100k and budget < 1T", "failure = none and state = waiting",
        "id = '\"; DROP TABLE'"}) {
    const auto parsed = filter::Parse(condition, filter::ExperimentFields());
    ASSERT_TRUE(parsed.ok()) << condition << parsed.status();
    std::vector<std::string> expected;
    for (const Experiment& e : all) {
      if (filter::Holds(*parsed, [&](const std::string& field) { return value_of(e, field); })) {
        expected.push_back(e.id);
      }
    }
    EXPECT_EQ(Ids(condition), expected) << condition;
  }
  // Every field can be asked for and sorted by.
  for (const filter::Field& field : filter::ExperimentFields()) {
    Ids(absl::StrCat(field.name, " != none"), field.name, true);
  }
  EXPECT_THAT(Ids("id != none", "val_loss"), ElementsAre("e0", "e1", "e2")) << "absent ones last";
  EXPECT_THAT(Ids("id != none", "ordinal", true), ElementsAre("e2", "e1", "e0"));
}

Measurement Point(int64_t step, double loss) {
  Measurement m;
  m.kind = "train";
  m.step = step;
  m.loss = loss;
  m.seconds = 0.1 * static_cast<double>(step);
  return m;
}

class LongCurve : public ReadingTest {
 protected:
  static constexpr int64_t kSteps = 20000;

  LongCurve() {
    Fill();
    Experiment e = SampleExperiment("s", "long", 9);
    e.plan.steps = kSteps;
    e.plan.tokens = kSteps * 1000;
    e.plan.log_every = 1;
    EXPECT_TRUE(Write([&](Transaction& tx) { return tx.AddExperiment(e); }).ok());
    attempt_ = Lease("long", 1);
  }
  void Add(int64_t attempt, int64_t from, int64_t to, const std::function<double(int64_t)>& loss) {
    for (int64_t step = from; step <= to; step += 500) {
      std::vector<Measurement> batch;
      for (int64_t s = step; s < std::min(step + 500, to + 1); ++s)
        batch.push_back(Point(s, loss(s)));
      ASSERT_TRUE(Write([&](Transaction& tx) { return tx.AddMeasurements(attempt, batch); }).ok());
    }
  }
  std::vector<Measurement> Curve(int points, int64_t from = 0, int64_t to = 0) {
    return Get<std::vector<Measurement>>([&](View& v) {
      return v.ListCurve({"s", "long", "train", from, to, points});
    });
  }

  int64_t attempt_ = 0;
};

TEST_F(LongCurve, IsReadByItsExtremesAndLosesNoSpike) {
  Add(attempt_, 1, kSteps, [](int64_t s) { return s == 12345 ? 99.0 : 5.0 - s / 1e4; });
  const std::vector<Measurement> coarse = Curve(240);
  EXPECT_LT(coarse.size(), 600u);
  EXPECT_TRUE(std::any_of(coarse.begin(), coarse.end(),
                          [](const Measurement& m) { return m.step == 12345 && m.loss == 99; }));
  EXPECT_EQ(coarse.back().step, kSteps);
  EXPECT_EQ(coarse.back().tokens, kSteps * 1000);
  EXPECT_TRUE(std::is_sorted(coarse.begin(), coarse.end(),
                             [](const auto& a, const auto& b) { return a.step < b.step; }));
  // Zoomed in: every point there is.
  const std::vector<Measurement> zoomed = Curve(240, 12300, 12400);
  EXPECT_EQ(zoomed.size(), 101u);
  EXPECT_GT(Get<int64_t>([](View& v) { return v.LastSeq("s", "long"); }), 0);
}

TEST_F(LongCurve, ALaterAttemptsPointsTakeThePlaceOfTheFirsts) {
  Add(attempt_, 1, 6000, [](int64_t s) { return s > 5000 ? 50.0 : 3.0; });
  End(attempt_);
  const int64_t second = Lease("long", 2);
  Add(second, 5001, 8000, [](int64_t) { return 2.0; });
  for (const Measurement& m : Curve(240)) EXPECT_LT(m.loss, 10) << m.step;
  EXPECT_EQ(Curve(240).back().step, 8000);
}

TEST_F(LongCurve, WhatIsNoNumberIsAnExtreme) {
  Add(attempt_, 1, 6000, [](int64_t s) { return s == 777 ? NAN : 3.0; });
  const auto curve = Curve(240);
  EXPECT_TRUE(std::any_of(curve.begin(), curve.end(), [](const Measurement& m) {
    return m.step == 777 && std::isnan(m.loss);
  }));
}

TEST_F(ReadingTest, ALogIsReadFromAByteAndFromATimeOn) {
  Fill();
  const int64_t id = Lease("e0", 1);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(Write([&](Transaction& tx) {
                  return tx.AppendLog(id, absl::StrCat("line ", i, "\n"), At(10 * i));
                }).ok());
  }
  const auto read = [&](int64_t from, absl::Time since) {
    return Get<LogPart>([&](View& v) { return v.ReadLog(id, from, since); });
  };
  EXPECT_EQ(read(0, absl::InfinitePast()).text, "line 0\nline 1\nline 2\n");
  EXPECT_EQ(read(0, absl::InfinitePast()).end_byte, 21);
  EXPECT_EQ(read(10, absl::InfinitePast()).text, "e 1\nline 2\n");
  EXPECT_EQ(read(21, absl::InfinitePast()).text, "");
  EXPECT_EQ(read(0, At(15)).text, "line 2\n");
}

TEST_F(ReadingTest, AttemptsOfASweepComeByCursorWithWhatTheyWereAt) {
  Fill();
  const int64_t first = Lease("e0", 1), second = Lease("e1", 1);
  const auto attempts = [&](int64_t after) {
    return Get<std::vector<SweepAttempt>>(
        [&](View& v) { return v.ListSweepAttempts("s", after, 10); });
  };
  ASSERT_EQ(attempts(0).size(), 2u);
  EXPECT_EQ(attempts(0)[0].attempt.experiment_id, "e0");
  EXPECT_GT(attempts(0)[0].budget_flops, 0);
  ASSERT_EQ(attempts(first).size(), 1u);
  EXPECT_EQ(attempts(first)[0].attempt.id, second);
  EXPECT_THAT(attempts(second), IsEmpty());
}

TEST_F(ReadingTest, EventsOfTheSweepAloneFromTheNewestDown) {
  Fill();
  ASSERT_TRUE(Write([](Transaction& tx) -> absl::Status {
                for (const char* kind : {"created", "paused", "resumed"}) {
                  EXPECT_TRUE(tx.AddEvent({0, At(1), "s", "", 0, kind, ""}).ok());
                }
                return tx.AddEvent({0, At(2), "s", "e0", 1, "leased", ""});
              }).ok());
  EventFilter filter{"s", "", 0, 2, true, true};
  std::vector<std::string> kinds;
  for (const Event& e : Get<std::vector<Event>>([&](View& v) { return v.ListEvents(filter); })) {
    kinds.push_back(e.kind);
  }
  EXPECT_THAT(kinds, ElementsAre("resumed", "paused"));
}

}  // namespace
}  // namespace ff::storage
