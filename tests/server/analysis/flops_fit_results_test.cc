// The Python flops-fit's results.json gives its own numbers when asked for its own method: the
// run of lowest loss of each budget, straight lines in log10-log10.
//
// The file is in its format, from its mock law L = (4e8/N)^0.34 + (2e10/D)^0.28 + 1.69 with noise
// of sd 0.02 on its default grid (6 budgets from 1e12 to 3e14, 8 sizes); one run has failed. The
// expected numbers were computed by numpy.polyfit(log10 C, log10 y, 1) over the lowest run of each
// budget (budgets told apart by log10 C rounded to two places, as it does), coefficient 10^b, and
// 1 - SSE/SST of log10 y; they are written here as printed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/analysis/analyze_runs.h"
#include "server/results/read_runs.h"

namespace ff::analysis {
namespace {

void ExpectLaw(const PowerLaw& law, double k, double a, double r_squared) {
  EXPECT_NEAR(law.coefficient_k / k, 1, 1e-9) << law.name;
  EXPECT_NEAR(law.exponent_a, a, 1e-10) << law.name;
  EXPECT_NEAR(law.r_squared, r_squared, 1e-9) << law.name;
}

TEST(FlopsFitResults, ItsMethodGivesItsNumbers) {
  const auto file = results::ReadRunFile(
      FF_SOURCE_DIR "/tests/server/analysis/testdata/flops_fit_results.json", {});
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->table.size(), 24u);
  ASSERT_EQ(file->excluded.size(), 1u);
  EXPECT_EQ(file->excluded[0].run_id, "exp_0008");
  AnalyzeOptions options;
  options.profiles.method = "empirical";
  options.profiles.resamples = 0;
  options.surface = options.envelope = false;
  const auto analysis = AnalyzeRuns(file->table, {}, options);
  ASSERT_TRUE(analysis.ok()) << analysis.status();
  const Fit& fit = analysis->fit;
  ExpectLaw(fit.n_opt, 169.33533934873202, 0.28011482354221146, 0.854187213310684);
  ExpectLaw(fit.d_opt, 0.0009842381711242254, 0.7198852407717491, 0.9748054942438813);
  ExpectLaw(fit.l_opt, 1867.1699117843416, -0.14661670636403448, 0.9978959960607384);
  EXPECT_NEAR(fit.optimal_ratio, 5.039783252470272, 1e-12);
  ASSERT_EQ(fit.optimal_points.size(), 6u);
  const double sizes[] = {499999, 499999, 499999, 965348, 1863796, 1863796};
  const double tokens[] = {333334, 1043046, 3263834, 5289779, 8573287, 26826970};
  const double losses[] = {33.173518269404155, 27.229677922793176, 22.863488065554062,
                           19.508231778703994, 16.672858316499255, 14.253896902895445};
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(fit.optimal_points[i].model_size, sizes[i]);
    EXPECT_EQ(fit.optimal_points[i].num_tokens, tokens[i]);
    EXPECT_EQ(fit.optimal_points[i].final_loss, losses[i]);
  }
}

}  // namespace
}  // namespace ff::analysis
