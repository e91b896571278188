// How long the law takes, beside nothing else: Release build, medians of repeats.
// usage: scaling_bench [chinchilla_fig4.csv] [repeats = 7] [--large] [--check]
//   --large  also a million runs;  --check  every one of 40 resamples and the fit itself once
//   more by Ceres or over the whole grid, which takes a minute.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_split.h"
#include "server/scaling/law_bootstrap.h"
#include "server/scaling/law_fit.h"
#include "server/scaling/law_problem.h"
#include "server/scaling/law_search.h"
#include "server/scaling/parallel_for.h"
#include "server/scaling/run_screening.h"
#include "server/scaling/solve.h"
#include "tests/server/scaling/planted_surface.h"

namespace ff::scaling {
namespace {

RunTable ReadChinchilla(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  RunTable table;
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = absl::StrSplit(line, ',');
    if (cells.size() < 6 || cells[5] == "1") continue;
    table.run_id.push_back(cells[0]);
    table.parameters.push_back(std::atof(cells[1].c_str()));
    table.tokens.push_back(std::atof(cells[2].c_str()));
    table.compute.push_back(std::atof(cells[3].c_str()));
    table.loss.push_back(std::atof(cells[4].c_str()));
  }
  return table;
}

double Seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Prints "name,median,lowest,highest" so that scripts can read it.
void Measure(const std::string& name, int repeats, const std::function<void()>& work) {
  std::vector<double> times;
  for (int i = 0; i < repeats; ++i) times.push_back(Seconds(work));
  std::sort(times.begin(), times.end());
  std::printf("%s,%.4f,%.4f,%.4f\n", name.c_str(), times[times.size() / 2], times.front(),
              times.back());
  std::fflush(stdout);
}

void MeasureFits(const RunTable& table, int repeats) {
  LawOptions options;
  options.resamples = 0;
  LawFit fit;
  Measure("grid of 4500 starts and variable projection", repeats,
          [&] { fit = *FitLaw(table, options); });
  std::printf("# objective %.15g, starts at the best %d of %d\n", fit.objective,
              fit.search.starts_at_best, fit.search.starts);
  options.resamples = 4000;
  Measure("the same and 4000 resamples", repeats, [&] { fit = *FitLaw(table, options); });
  options.threads = 1;
  Measure("the same on one core", repeats, [&] { fit = *FitLaw(table, options); });
  options.loss = LossFunction::kLad;
  options.threads = 0;
  Measure("least absolute deviations and 4000 resamples", repeats,
          [&] { fit = *FitLaw(table, options); });
}

// Every start by Ceres's BFGS; resamples over the whole grid.
void Check(const RunTable& table) {
  LawOptions options;
  options.resamples = 40;
  const LawFit fit = *FitLaw(table, options);
  const LawProblem problem = *LawProblem::Make(table, options);
  const auto starts = problem.GridStarts();
  std::vector<double> values(starts.size(), INFINITY);
  ParallelFor(starts.size(), 0, 16, [&](size_t, size_t i) {
    std::vector<double> at = starts[i];
    const auto value = PolishWithCeres(*problem.MakeObjective({}), at.data());
    if (value.ok()) values[i] = *value;
  });
  const double lowest = *std::min_element(values.begin(), values.end());
  std::printf("# all 4500 starts by Ceres: lowest %.15g, ours %.15g\n", lowest, fit.objective);
  double worst = 0;
  for (int r = 0; r < fit.resamples; ++r) {
    const std::vector<double> weights = ResampleWeights(table.size(), options.seed, r);
    std::vector<size_t> rows;
    for (size_t i = 0; i < weights.size(); ++i) {
      rows.insert(rows.end(), static_cast<size_t>(weights[i]), i);
    }
    LawOptions plain;
    plain.resamples = 0;
    const LawFit full = *FitLaw(SubTable(table, rows), plain);
    for (int p = 0; p < 5; ++p) {
      worst = std::max(worst, std::abs(fit.draws[5 * r + p] / full.parameters[p].value - 1));
    }
  }
  std::printf(
      "# 40 resamples over the whole grid: largest relative difference of a parameter "
      "%.2g\n",
      worst);
}

void MeasureLarge() {
  PlantedSurface law;
  law.budgets = 10;
  law.sizes = 100000;
  const RunTable table = PlantedTable(law, 1);
  LawOptions options;
  LawFit fit;
  Measure("a million runs: screening, fit, 4000 draws", 3, [&] {
    const auto screened = ScreenRuns(table);
    fit = *FitLaw(screened->table, options);
  });
  std::printf("# alpha %.4f (true %.2f), beta %.4f (true %.2f)\n", ParameterOf(fit, "alpha"),
              law.alpha, ParameterOf(fit, "beta"), law.beta);
}

int Main(int argc, char** argv) {
  std::string path =
      std::string(FF_SOURCE_DIR) + "/../shared/reference/scaling/chinchilla_fig4.csv";
  int repeats = 7;
  bool large = false, check = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--large") {
      large = true;
    } else if (word == "--check") {
      check = true;
    } else if (std::atoi(word.c_str()) > 0) {
      repeats = std::atoi(word.c_str());
    } else {
      path = word;
    }
  }
  RunTable table;
  if (std::filesystem::exists(path)) {
    table = ReadChinchilla(path);
    std::printf("# %zu runs of %s, %u threads\n", table.size(),
                std::filesystem::path(path).filename().c_str(),
                std::thread::hardware_concurrency());
  } else {
    PlantedSurface law;
    law.sizes = 40;
    table = PlantedTable(law, 1);
    std::printf("# %s is not there; %zu planted runs instead\n", path.c_str(), table.size());
  }
  std::printf("# job,median s,lowest,highest of %d\n", repeats);
  MeasureFits(table, repeats);
  if (large) MeasureLarge();
  if (check) Check(table);
  return 0;
}

}  // namespace
}  // namespace ff::scaling

int main(int argc, char** argv) { return ff::scaling::Main(argc, argv); }
