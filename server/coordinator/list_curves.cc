#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/coordinator/coordinator.h"
#include "server/coordinator/downsample.h"
#include "server/coordinator/experiment_query.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/try.h"
#include "server/figures/figures.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

constexpr int kCurves = 50, kMostCurves = 500;
constexpr int kPoints = 300, kMostPoints = 5000;

double XOf(const Measurement& m, figures::XAxis axis) {
  switch (axis) {
    case figures::XAxis::kTokens:
      return static_cast<double>(m.tokens);
    case figures::XAxis::kFlops:
      return m.flops;
    case figures::XAxis::kSeconds:
      return m.seconds;
    case figures::XAxis::kStep:
      break;
  }
  return static_cast<double>(m.step);
}

// A result that was taken over has its measurements where it was trained.
std::string HomeOf(const Experiment& e) {
  return e.result.has_value() && !e.result->from_sweep.empty() ? e.result->from_sweep : e.sweep_id;
}

absl::StatusOr<Curve> LoadCurve(storage::View& view, const Experiment& e,
                                const CurveRequest& request, figures::XAxis axis, int points) {
  const std::string kind = request.kind.empty() ? "train" : request.kind;
  FF_TRY_ASSIGN(
      std::vector<Measurement> all,
      view.ListCurve({HomeOf(e), e.id, kind, request.from_step, request.to_step, points}));
  // Spans of the zoomed part alone, so that its last step counts as the end.
  const int64_t steps = request.to_step > 0
                            ? std::min(request.to_step - request.from_step, e.plan.steps)
                            : e.plan.steps;
  Curve curve{e.id, e.budget_flops, static_cast<double>(e.plan.parameters), e.state, {}, {}, {}};
  const int64_t shift = all.empty() ? 0 : std::max<int64_t>(request.from_step - 1, 0);
  for (Measurement& m : all) m.step -= shift;
  for (const Measurement& m : Downsample(std::move(all), steps, points)) {
    Measurement placed = m;
    placed.step += shift;
    curve.x.push_back(XOf(placed, axis));
    curve.loss.push_back(static_cast<float>(m.loss));
    if (axis != figures::XAxis::kStep) curve.step.push_back(placed.step);
  }
  return curve;
}

}  // namespace

absl::StatusOr<CurvePage> Coordinator::ListCurves(const std::string& sweep,
                                                  const CurveRequest& request) {
  FF_TRY_ASSIGN(const figures::XAxis axis,
                figures::ParseXAxis(request.x_axis.empty() ? "step" : request.x_axis));
  if (!request.kind.empty() && request.kind != "train" && request.kind != "eval") {
    return absl::InvalidArgumentError("kind must be train or eval");
  }
  if (request.points < 0 || request.from_step < 0 || request.to_step < 0) {
    return absl::InvalidArgumentError("points, from_step and to_step must not be negative");
  }
  const int points = std::min(request.points > 0 ? request.points : kPoints, kMostPoints);
  ExperimentQuery which = request.which;
  which.limit = std::min(which.limit > 0 ? which.limit : kCurves, kMostCurves);
  CurvePage page;
  page.last_seq = request.after_seq;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(const std::string id, ResolveSweep(view, sweep));
    FF_TRY_ASSIGN(storage::ExperimentFilter filter, FilterOf(id, which));
    filter.ids = request.experiments;
    if (filter.ids.size() > static_cast<size_t>(kMostCurves)) filter.ids.resize(kMostCurves);
    FF_TRY_ASSIGN(const std::vector<Experiment> experiments, view.ListExperiments(filter));
    FF_TRY_ASSIGN(page.total, view.CountExperiments(filter));
    for (const Experiment& e : experiments) {
      FF_TRY_ASSIGN(const int64_t seq, view.LastSeq(HomeOf(e), e.id));
      page.last_seq = std::max(page.last_seq, seq);
      if (seq <= request.after_seq) continue;
      FF_TRY_ASSIGN(Curve curve, LoadCurve(view, e, request, axis, points));
      if (!curve.x.empty()) page.curves.push_back(std::move(curve));
    }
    return absl::OkStatus();
  }));
  return page;
}

absl::StatusOr<std::vector<TimelineEntry>> Coordinator::ListAttempts(const std::string& sweep,
                                                                     int64_t after_id, int limit) {
  constexpr int kRows = 1000;
  std::vector<TimelineEntry> entries;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(const std::string id, ResolveSweep(view, sweep));
    FF_TRY_ASSIGN(const auto attempts,
                  view.ListSweepAttempts(id, after_id, limit > 0 ? limit : kRows));
    for (const storage::SweepAttempt& one : attempts) {
      entries.push_back({one.attempt, one.budget_flops, one.parameters});
    }
    return absl::OkStatus();
  }));
  return entries;
}

}  // namespace ff::coordinator
