// What to train next: extensions of budgets without a minimum inside, and experiments for the
// interval, against a law that is known.
#include "server/scaling/next_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "server/scaling/law_fit.h"
#include "tests/server/scaling/sweep_specs.h"

namespace ff::scaling {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

double LossOf(double n, double d) { return 1.7 + 40 / std::pow(n, 0.34) + 55 / std::pow(d, 0.34); }

RunTable TrainedRuns(const SweepSpec& spec, std::set<std::string>* ids, double noise = 0.003) {
  std::mt19937 random(11);
  std::normal_distribution<double> gauss(0, 1);
  RunTable runs;
  const auto plan = PlanIsoflopSweep(spec);
  EXPECT_TRUE(plan.ok()) << plan.status();
  for (const PlannedExperiment& e : plan->experiments) {
    ids->insert(ExperimentId(e.plan));
    runs.run_id.push_back(ExperimentId(e.plan));
    runs.parameters.push_back(static_cast<double>(e.plan.parameters));
    runs.tokens.push_back(static_cast<double>(e.plan.tokens));
    runs.compute.push_back(e.plan.flops);
    runs.budget.push_back(e.budget_flops);
    runs.loss.push_back(LossOf(runs.parameters.back(), runs.tokens.back()) *
                        std::exp(noise * gauss(random)));
  }
  return runs;
}

struct Trained {
  SweepSpec spec = SoundSpec();
  std::set<std::string> ids;
  RunTable runs;
  LawFit law;

  explicit Trained(const SweepSpec& s = SoundSpec()) : spec(s) {
    runs = TrainedRuns(spec, &ids);
    const auto fit = FitLaw(runs, {.resamples = 0});
    EXPECT_TRUE(fit.ok()) << fit.status();
    if (fit.ok()) law = *fit;
  }
  absl::StatusOr<NextChoices> Next(NextRequest request = {}) const {
    if (request.target_flops == 0) request.target_flops = 1e16;
    if (request.max_flops == 0) request.max_flops = 1e14;
    return ChooseNextPlan(spec, runs, law, ids, request);
  }
};

std::vector<NextChoice> ForInterval(const NextChoices& choices) {
  std::vector<NextChoice> found;
  for (const NextChoice& choice : choices.chosen) {
    if (std::isfinite(choice.sd_before)) found.push_back(choice);
  }
  return found;
}

TEST(NextPlan, EachExperimentShrinksTheIntervalFurther) {
  const auto choices = Trained().Next();
  ASSERT_TRUE(choices.ok()) << choices.status();
  const std::vector<NextChoice> chosen = ForInterval(*choices);
  ASSERT_EQ(chosen.size(), 4u);
  double before = choices->sd_before;
  for (const NextChoice& choice : chosen) {
    EXPECT_NEAR(choice.sd_before, before, 1e-9 * before);
    EXPECT_LT(choice.sd_after, choice.sd_before);
    EXPECT_THAT(choice.reason, HasSubstr("shrinks the interval"));
    before = choice.sd_after;
  }
  EXPECT_NEAR(choices->sd_after, before, 1e-9 * before);
}

TEST(NextPlan, ProposesNothingThatIsKnown) {
  const Trained trained;
  const auto choices = trained.Next({.count = 12});
  ASSERT_TRUE(choices.ok()) << choices.status();
  for (const NextChoice& choice : choices->chosen) {
    EXPECT_EQ(trained.ids.count(ExperimentId(choice.planned.plan)), 0u);
  }
}

// The cell written into compute.extra_cells gives exactly the experiment proposed.
TEST(NextPlan, ItsCellsPlanWhatWasProposed) {
  const Trained trained;
  const auto choices = trained.Next();
  ASSERT_TRUE(choices.ok()) << choices.status();
  SweepSpec spec = trained.spec;
  for (const NextChoice& choice : choices->chosen) spec.compute.extra_cells.push_back(choice.cell);
  std::set<std::string> planned;
  const IsoflopPlan plan = *PlanIsoflopSweep(spec);
  for (const PlannedExperiment& e : plan.experiments) {
    planned.insert(ExperimentId(e.plan));
  }
  for (const std::string& id : trained.ids) EXPECT_EQ(planned.count(id), 1u);
  for (const NextChoice& choice : choices->chosen) {
    EXPECT_EQ(planned.count(ExperimentId(choice.planned.plan)), 1u);
  }
  EXPECT_EQ(planned.size(), trained.ids.size() + choices->chosen.size());
}

TEST(NextPlan, KeepsToTheMostThatAnExperimentMayCost) {
  const auto cheap = Trained().Next({.max_flops = 1.1e13});
  ASSERT_TRUE(cheap.ok()) << cheap.status();
  for (const NextChoice& choice : ForInterval(*cheap)) {
    EXPECT_LE(choice.planned.budget_flops, 1.1e13);
  }
  const auto dear = Trained().Next({.max_flops = 1e15});
  ASSERT_TRUE(dear.ok()) << dear.status();
  double most = 0;
  for (const NextChoice& choice : dear->chosen) {
    most = std::max(most, choice.planned.budget_flops);
  }
  EXPECT_GT(most, 1e14);
  EXPECT_LT(dear->sd_after, cheap->sd_after);
}

// The promise against the deed: train what is proposed, fit again, and the prediction's spread
// over many noises falls by about what was promised.
TEST(NextPlan, WhatItPromisesComesTrue) {
  const Trained trained;
  const auto choices = trained.Next({.goal = NextGoal::kExponent, .count = 8});
  ASSERT_TRUE(choices.ok()) << choices.status();
  RunTable more = trained.runs;
  for (const NextChoice& choice : choices->chosen) {
    more.run_id.push_back(ExperimentId(choice.planned.plan));
    more.parameters.push_back(static_cast<double>(choice.planned.plan.parameters));
    more.tokens.push_back(static_cast<double>(choice.planned.plan.tokens));
    more.compute.push_back(choice.planned.plan.flops);
    more.budget.push_back(choice.planned.budget_flops);
    more.loss.push_back(LossOf(more.parameters.back(), more.tokens.back()));
  }
  const auto spread = [](const RunTable& design) {
    std::mt19937 random(5);
    std::normal_distribution<double> gauss(0, 0.003);
    double sum = 0, squares = 0;
    constexpr int kRepeats = 24;
    for (int i = 0; i < kRepeats; ++i) {
      RunTable runs = design;
      for (size_t r = 0; r < runs.size(); ++r) {
        runs.loss[r] = LossOf(runs.parameters[r], runs.tokens[r]) * std::exp(gauss(random));
      }
      // Least squares of ln L is what the delta method speaks of.
      const auto fit = FitLaw(runs, {.loss = LossFunction::kLogSquares, .resamples = 0});
      EXPECT_TRUE(fit.ok()) << fit.status();
      sum += fit->n_opt_exponent;
      squares += fit->n_opt_exponent * fit->n_opt_exponent;
    }
    const double mean = sum / kRepeats;
    return std::sqrt(squares / kRepeats - mean * mean);
  };
  const double promised = choices->sd_after / choices->sd_before;
  EXPECT_LT(promised, 0.95);
  EXPECT_NEAR(spread(more) / spread(trained.runs), promised, 0.15) << promised;
  RecordProperty("promised", std::to_string(promised));
}

SweepSpec OffCentre() {
  SweepSpec spec = SoundSpec();
  spec.grid.tokens_per_param = 4000;  // sizes far below the best ones
  spec.tokens.max_tokens_per_param = 1e6;
  spec.grid.min_size = 3e3;
  spec.grid.width = 4;
  return spec;
}

TEST(NextPlan, ExtendsABudgetWhoseMinimumLiesAtTheEdge) {
  const Trained trained(OffCentre());
  const std::vector<EdgeBudget> edges = EdgeBudgets(trained.runs);
  ASSERT_EQ(edges.size(), 5u);
  EXPECT_FALSE(edges[0].at_smallest);
  const auto choices = trained.Next();
  ASSERT_TRUE(choices.ok()) << choices.status();
  int extensions = 0;
  for (const NextChoice& choice : choices->chosen) {
    if (std::isfinite(choice.sd_before)) continue;
    ++extensions;
    EXPECT_THAT(choice.reason, HasSubstr("lowest loss is at its largest size"));
    double largest = 0;
    for (size_t i = 0; i < trained.runs.size(); ++i) {
      if (trained.runs.budget[i] == choice.planned.budget_flops) {
        largest = std::max(largest, trained.runs.parameters[i]);
      }
    }
    EXPECT_GT(choice.planned.plan.parameters, largest);
  }
  EXPECT_GE(extensions, 8);
}

// Without noise there is no interval to shrink, yet a minimum at the edge is one.
TEST(NextPlan, ExtendsBudgetsEvenWhereNoIntervalCanBeHad) {
  Trained trained(OffCentre());
  trained.law.noise_sd = 0;
  const auto choices = trained.Next();
  ASSERT_TRUE(choices.ok()) << choices.status();
  EXPECT_FALSE(choices->chosen.empty());
  EXPECT_THAT(choices->notes, Contains(HasSubstr("no experiments for the interval")));
}

TEST(NextPlan, AnEdgeThatTheRulesForbidIsSaid) {
  SweepSpec spec = OffCentre();
  spec.tokens.min_tokens_per_param = 1500;
  const auto choices = Trained(spec).Next();
  ASSERT_TRUE(choices.ok()) << choices.status();
  EXPECT_THAT(choices->notes, Contains(HasSubstr("the sweep's rules allow no larger one")));
}

TEST(EdgeBudgets, AMinimumInsideIsNoEdge) {
  RunTable runs;
  for (const double loss : {3.0, 2.9, 2.8, 2.9}) {
    runs.parameters.push_back(1e6 * std::pow(2.0, runs.size()));
    runs.budget.push_back(1e15);
    runs.loss.push_back(loss);
  }
  EXPECT_TRUE(EdgeBudgets(runs).empty());
  runs.loss[3] = 2.7;
  ASSERT_EQ(EdgeBudgets(runs).size(), 1u);
  EXPECT_NEAR(EdgeBudgets(runs)[0].sizes[0], 16e6, 1);
  EXPECT_NEAR(EdgeBudgets(runs)[0].sizes[1], 32e6, 1);
  runs.loss[0] = 2.6;
  EXPECT_TRUE(EdgeBudgets(runs)[0].at_smallest);
  EXPECT_NEAR(EdgeBudgets(runs)[0].sizes[1], 0.25e6, 1);
}

TEST(EdgeBudgets, TwoSizesSayNothing) {
  RunTable runs;
  runs.parameters = {1e6, 2e6};
  runs.budget = {1e15, 1e15};
  runs.loss = {3, 2};
  EXPECT_TRUE(EdgeBudgets(runs).empty());
}

}  // namespace
}  // namespace ff::scaling
