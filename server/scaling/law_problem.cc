#include "server/scaling/law_problem.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/scaling/law_objectives.h"

namespace ff::scaling {
namespace {

constexpr double kNoDelta = 1e300;
constexpr double kLadDelta = 1e-10;
constexpr double kNoTerm = -1e4;

double CentreColumn(std::vector<double>* x) {
  double mean = 0;
  for (const double value : *x) mean += value / static_cast<double>(x->size());
  for (double& value : *x) value -= mean;
  return mean;
}

// The levels that occur, as 0, 1, ... in the order of the column's.
absl::Status ReadLevels(const RunTable& table, const std::string& column, std::vector<int>* level,
                        std::vector<std::string>* names) {
  const auto found = std::find_if(table.groups.begin(), table.groups.end(),
                                  [&](const GroupColumn& g) { return g.name == column; });
  if (found == table.groups.end()) {
    std::vector<std::string> there;
    for (const GroupColumn& group : table.groups) there.push_back(group.name);
    return absl::InvalidArgumentError(
        absl::StrFormat("per-group offsets need a group column; there is none named '%s' (there "
                        "are: %s)",
                        column, absl::StrJoin(there, ", ")));
  }
  std::vector<int> number(found->levels.size(), -1);
  std::vector<bool> seen(found->levels.size(), false);
  for (const int32_t code : found->codes) {
    if (code < 0) {
      return absl::InvalidArgumentError(
          absl::StrFormat("some runs have no value in column '%s'; select with --group", column));
    }
    seen[code] = true;
  }
  for (size_t i = 0; i < seen.size(); ++i) {
    if (!seen[i]) continue;
    number[i] = static_cast<int>(names->size());
    names->push_back("e:" + found->levels[i]);
  }
  for (const int32_t code : found->codes) level->push_back(number[code]);
  if (names->size() + 4 > static_cast<size_t>(kMaxParameters)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("column '%s' has %d values; per-group offsets take up to %d", column,
                        names->size(), kMaxParameters - 4));
  }
  return absl::OkStatus();
}

std::vector<std::string> NamesOf(LawFamily family) {
  switch (family) {
    case LawFamily::kHoffmann:
      return {"e", "a", "b", "alpha", "beta"};
    case LawFamily::kTied:
      return {"e", "a", "b", "alpha"};
    case LawFamily::kKaplan:
      return {"log_nc", "log_dc", "alpha_n", "alpha_d"};
    case LawFamily::kCompute:
      return {"e", "k", "a"};
    case LawFamily::kGadre:
      return {"e", "a", "b", "eta"};
    case LawFamily::kGroupOffsets:
      break;
  }
  return {};
}

absl::Status CheckOptions(const RunTable& table, const LawOptions& options) {
  if (options.loss == LossFunction::kHuber &&
      !(options.huber_delta > 0 && std::isfinite(options.huber_delta))) {
    return absl::InvalidArgumentError(
        absl::StrFormat("Huber's delta must be positive, not %g", options.huber_delta));
  }
  if (!(options.confidence > 0 && options.confidence < 1)) {
    return absl::InvalidArgumentError("confidence must lie between 0 and 1");
  }
  if (options.resamples < 0) {
    return absl::InvalidArgumentError("the number of resamples must not be negative");
  }
  const size_t rows = table.size();
  if (table.parameters.size() != rows || table.tokens.size() != rows ||
      table.compute.size() != rows) {
    return absl::InvalidArgumentError("the table's columns have different lengths");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LawProblem> LawProblem::Make(const RunTable& table, const LawOptions& options) {
  if (absl::Status status = CheckOptions(table, options); !status.ok()) return status;
  LawProblem problem;
  problem.family_ = options.family;
  problem.loss_ = options.loss;
  problem.delta_ = options.loss == LossFunction::kHuber ? options.huber_delta
                   : options.loss == LossFunction::kLad ? kLadDelta
                                                        : kNoDelta;
  problem.names_ = NamesOf(options.family);
  if (options.family == LawFamily::kGroupOffsets) {
    if (absl::Status status =
            ReadLevels(table, options.group_column, &problem.level_, &problem.names_);
        !status.ok()) {
      return status;
    }
    problem.levels_ = static_cast<int>(problem.names_.size());
    for (const char* name : {"a", "b", "alpha", "beta"}) problem.names_.push_back(name);
  }
  const size_t needed = problem.names_.size() + 1;
  if (table.size() < needed) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "a law of %d parameters needs %d usable runs or more; here are %d. Add runs or choose a "
        "form with fewer parameters",
        problem.names_.size(), needed, table.size()));
  }
  for (size_t i = 0; i < table.size(); ++i) {
    const double n = std::log(table.parameters[i]), d = std::log(table.tokens[i]);
    const double c = std::log(table.compute[i]);
    switch (options.family) {
      case LawFamily::kCompute:
        problem.x1_.push_back(c);
        problem.x2_.push_back(0);
        break;
      case LawFamily::kGadre:
        problem.x1_.push_back(c - (d - n));
        problem.x2_.push_back(c + (d - n));
        break;
      default:
        problem.x1_.push_back(n);
        problem.x2_.push_back(d);
    }
    problem.y_.push_back(problem.linear() ? table.loss[i] : std::log(table.loss[i]));
  }
  problem.centre1_ = CentreColumn(&problem.x1_);
  problem.centre2_ = CentreColumn(&problem.x2_);
  return problem;
}

// Internal orders: e (one a level), a, alpha, b, beta; tied: e, a, alpha, b; compute: e, a,
// alpha; Kaplan: s, u, rho, v.
KernelMap LawProblem::MapOf(int level) const {
  KernelMap map;
  const int first = levels_;
  map.index = {level, first, first + 1, first + 2, first + 3};
  if (tied()) map.index[kBeta] = first + 1;
  if (!has_second()) {
    map.index[kB] = map.index[kBeta] = -1;
    map.fixed[kB] = kNoTerm;
  }
  return map;
}

std::unique_ptr<LawObjective> LawProblem::Wrap(std::vector<KernelRows> segments) const {
  const KernelLoss loss{delta_, linear()};
  if (family_ == LawFamily::kKaplan) {
    return std::make_unique<KaplanObjective>(std::move(segments[0]), loss);
  }
  std::vector<KernelSegment> mapped;
  for (int level = 0; level < levels_; ++level) {
    if (segments[level].rows == 0) continue;
    segments[level].Pad();
    mapped.push_back({std::move(segments[level]), MapOf(level)});
  }
  return std::make_unique<TwoTermObjective>(std::move(mapped), parameters(), loss);
}

std::unique_ptr<LawObjective> LawProblem::MakeObjective(absl::Span<const double> weights,
                                                        absl::Span<const double> y) const {
  std::vector<KernelRows> segments(levels_);
  if (levels_ == 1) segments[0].Reserve(rows());
  for (size_t i = 0; i < rows(); ++i) {
    const double weight = weights.empty() ? 1 : weights[i];
    if (weight == 0) continue;
    segments[level_.empty() ? 0 : level_[i]].Add(x1_[i], x2_[i], y.empty() ? y_[i] : y[i], weight);
  }
  return Wrap(std::move(segments));
}

std::unique_ptr<LawObjective> LawProblem::MakeRowObjective(size_t row) const {
  std::vector<KernelRows> segments(levels_);
  segments[level_.empty() ? 0 : level_[row]].Add(x1_[row], x2_[row], y_[row], 1);
  return Wrap(std::move(segments));
}

std::unique_ptr<LawObjective> LawProblem::MakeInner(double alpha, double beta) const {
  std::vector<KernelRows> segments(levels_);
  for (size_t i = 0; i < rows(); ++i) {
    segments[level_.empty() ? 0 : level_[i]].Add(x1_[i], x2_[i], y_[i], 1);
  }
  std::vector<KernelSegment> mapped;
  for (int level = 0; level < levels_; ++level) {
    KernelMap map = MapOf(level);
    map.index[kA] = levels_;
    if (has_second()) map.index[kB] = levels_ + 1;
    map.index[kAlpha] = map.index[kBeta] = -1;
    map.fixed[kAlpha] = alpha;
    map.fixed[kBeta] = beta;
    if (segments[level].rows == 0) continue;
    segments[level].Pad();
    mapped.push_back({std::move(segments[level]), map});
  }
  return std::make_unique<TwoTermObjective>(std::move(mapped), levels_ + (has_second() ? 2 : 1),
                                            KernelLoss{delta_, linear()});
}

std::vector<double> LawProblem::Residuals(const double* internal) const {
  std::vector<double> residuals(rows());
  for (size_t i = 0; i < rows(); ++i) {
    double log_loss = 0;
    if (family_ == LawFamily::kKaplan) {
      log_loss = KaplanLogLoss(internal, x1_[i], x2_[i]);
    } else {
      const double* rest = internal + levels_;
      double sum =
          std::exp(internal[level_.empty() ? 0 : level_[i]]) + std::exp(rest[0] - rest[1] * x1_[i]);
      if (has_second()) sum += std::exp(rest[2] - rest[tied() ? 1 : 3] * x2_[i]);
      log_loss = std::log(sum);
    }
    residuals[i] = (linear() ? std::exp(log_loss) : log_loss) - y_[i];
  }
  return residuals;
}

std::vector<double> LawProblem::ToPublic(const double* p) const {
  if (family_ == LawFamily::kKaplan) {
    return {p[1] / p[2] + centre1_, p[3] + centre2_, p[2] * p[0], p[0]};
  }
  std::vector<double> values;
  values.reserve(levels_ + 4);
  for (int level = 0; level < levels_; ++level) values.push_back(std::exp(p[level]));
  const double* rest = p + levels_;  // a, alpha, b, beta
  values.push_back(std::exp(rest[0] + rest[1] * centre1_));
  if (!has_second()) {
    values.push_back(rest[1]);
    return values;
  }
  values.push_back(std::exp(rest[2] + rest[tied() ? 1 : 3] * centre2_));
  values.push_back(rest[1]);
  if (!tied()) values.push_back(rest[3]);
  return values;
}

std::vector<double> LawProblem::ToInternal(absl::Span<const double> v) const {
  if (family_ == LawFamily::kKaplan) {
    const double rho = v[2] / v[3];
    return {v[3], rho * (v[0] - centre1_), rho, v[1] - centre2_};
  }
  std::vector<double> p;
  p.reserve(levels_ + 4);
  for (int level = 0; level < levels_; ++level) p.push_back(std::log(v[level]));
  const double* rest = v.data() + levels_;
  if (!has_second()) {
    p.push_back(std::log(rest[0]) - rest[1] * centre1_);
    p.push_back(rest[1]);
    return p;
  }
  const double alpha = rest[2], beta = tied() ? rest[2] : rest[3];
  p.push_back(std::log(rest[0]) - alpha * centre1_);
  p.push_back(alpha);
  p.push_back(std::log(rest[1]) - beta * centre2_);
  if (!tied()) p.push_back(beta);
  return p;
}

double LawProblem::PublishedObjective(double value) const {
  switch (loss_) {
    case LossFunction::kHuber:
      return value;
    case LossFunction::kLad:
      return value / delta_;
    case LossFunction::kLogSquares:
    case LossFunction::kSquares:
      return 2 * value;
  }
  return value;
}

std::vector<std::vector<double>> LawProblem::GridStarts() const {
  std::vector<std::vector<double>> starts;
  if (family_ == LawFamily::kKaplan) {
    // Round Kaplan et al.'s alpha_N 0.076, alpha_D 0.095, and an octave or three either way.
    for (const double s : {0.03, 0.06, 0.12, 0.25, 0.5}) {
      for (const double rho : {0.25, 0.5, 1.0, 2.0, 4.0}) {
        for (const double u : {-4.0, 0.0, 4.0, 10.0, 20.0, 40.0}) {
          for (const double v : {-4.0, 0.0, 4.0, 10.0, 20.0, 40.0})
            starts.push_back({s, u, rho, v});
        }
      }
    }
    return starts;
  }
  const std::vector<double> exponents = {0, 0.5, 1, 1.5, 2}, logs = {0, 5, 10, 15, 20, 25};
  const std::vector<double> none = {0};
  for (const double alpha : exponents) {
    for (const double beta : tied() || !has_second() ? none : exponents) {
      for (const double e : {-1.0, -0.5, 0.0, 0.5, 1.0}) {
        for (const double a : logs) {
          for (const double b : has_second() ? logs : none) {
            std::vector<double> start(levels_, e);
            start.insert(start.end(), {a - alpha * centre1_, alpha});
            if (has_second()) start.push_back(b - (tied() ? alpha : beta) * centre2_);
            if (has_second() && !tied()) start.push_back(beta);
            starts.push_back(std::move(start));
          }
        }
      }
    }
  }
  return starts;
}

}  // namespace ff::scaling
