// Where the grid is centred: priors from ratios, from the literature, as power laws.
#include "server/scaling/prior_optimum.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "server/scaling/size_grid.h"
#include "tests/server/scaling/planned.h"
#include "tests/server/scaling/sweep_specs.h"

namespace ff::scaling {
namespace {

using ::testing::HasSubstr;

SweepSpec WithPrior(const std::string& law) {
  SweepSpec spec = SoundSpec();
  spec.prior = {law, "", 0.2, 0.45, ""};
  return spec;
}

TEST(Prior, LiteratureAgainstPublishedNumbers) {
  // Their table 3: 1.21e20 FLOP for 1e9 parameters, 5.76e23 for 67e9.
  EXPECT_NEAR(PriorOptimum(WithPrior("hoffmann2022_approach1"), 1.21e20) / 1e9, 1, 0.001);
  EXPECT_NEAR(PriorOptimum(WithPrior("hoffmann2022_approach1"), 5.76e23) / 67e9, 1, 0.04);
  EXPECT_NEAR(PriorLawOf(WithPrior("hoffmann2022_approach3"))->exponent, 0.28 / 0.62, 1e-12);
  EXPECT_NEAR(PriorLawOf(WithPrior("besiroglu2024"))->exponent, 0.513, 0.001);
  EXPECT_NEAR(PriorOptimum(WithPrior("kaplan2020"), 8.64e19) / 1.3e9, 1, 1e-9);
}

// At the surface's optimum alpha A / N^alpha = beta B / D^beta.
TEST(Prior, SurfaceLawsLieWhereTheirMarginsMeet) {
  const double c = 1e21, n = PriorOptimum(WithPrior("besiroglu2024"), c), d = c / (6 * n);
  EXPECT_NEAR(0.3478 * 482.01 / std::pow(n, 0.3478) / (0.3658 * 2085.43 / std::pow(d, 0.3658)), 1,
              1e-9);
}

TEST(Prior, RatioIsTheSameLawWritten) {
  const SweepSpec spec = SoundSpec();
  const PriorLaw law = *PriorLawOf(spec);
  for (const double c : {1e12, 3e13, 1e15}) {
    EXPECT_NEAR(law.coefficient * std::pow(c, law.exponent) / PriorOptimum(spec, c), 1, 1e-12);
  }
}

TEST(Prior, PowerLawIsTheCentre) {
  const SweepSpec spec = WithPrior("power_law");
  const std::vector<double> sizes = SizesFor(spec, 1e13).kept;
  ASSERT_EQ(sizes.size(), 7u);
  EXPECT_NEAR(sizes[3] / (0.2 * std::pow(1e13, 0.45)), 1, 1e-9);
}

TEST(Prior, NonsenseIsRefusedByKey) {
  EXPECT_THAT(Refusal([](SweepSpec& s) { s.prior.law = "moore"; }), HasSubstr("prior.law"));
  EXPECT_THAT(Refusal([](SweepSpec& s) { s.prior.sweep = "old"; }), HasSubstr("prior.sweep"));
  EXPECT_THAT(Refusal([](SweepSpec& s) {
                s.prior = {"power_law", "", 0, 0.5, ""};
              }),
              HasSubstr("prior.coefficient"));
  EXPECT_THAT(Refusal([](SweepSpec& s) {
                s.prior = {"power_law", "", 1e9, 0.5, ""};
              }),
              HasSubstr("check prior"));
}

}  // namespace
}  // namespace ff::scaling
