#include <utility>

#include "absl/strings/str_cat.h"
#include "server/coordinator/coordinator.h"
#include "server/coordinator/figure_material.h"
#include "server/coordinator/newest_fit.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/try.h"
#include "server/figures/draw_figure.h"
#include "server/figures/figures.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

struct Named {
  std::string id, name;
  FigureMaterial material;
};

absl::StatusOr<Named> Find(storage::Store& store, const std::string& sweep) {
  Named named;
  FF_TRY(store.Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(named.id, ResolveSweep(view, sweep));
    FF_TRY_ASSIGN(const Sweep facts, view.GetSweep(named.id));
    named.name = facts.name.empty() ? named.id : facts.name;
    return absl::OkStatus();
  }));
  return named;
}

}  // namespace

absl::StatusOr<std::string> Coordinator::GetFigure(const FigureRequest& request) {
  FF_TRY_ASSIGN(const figures::Style style,
                figures::ParseStyle(request.style.empty() ? "paper" : request.style));
  FF_TRY_ASSIGN(const figures::XAxis x_axis,
                figures::ParseXAxis(request.x_axis.empty() ? "step" : request.x_axis));
  const bool comparison = request.figure == figures::ComparisonName().name;
  if (comparison && request.other_sweep.empty()) {
    return absl::InvalidArgumentError("law_comparison needs a second sweep to compare with");
  }
  std::vector<Named> sides;
  FF_TRY_ASSIGN(sides.emplace_back(), Find(*store_, request.sweep));
  if (comparison) {
    FF_TRY_ASSIGN(sides.emplace_back(), Find(*store_, request.other_sweep));
  }
  for (Named& side : sides) {
    FigureMaterial& material = side.material;
    material.x_axis = x_axis;
    if (NeedsAnalysis(request.figure)) {
      absl::StatusOr<Analysis> analysis = CurrentAnalysis(side.id);
      if (analysis.ok()) {
        material.analysis = *std::move(analysis);
      } else if (!absl::IsFailedPrecondition(analysis.status())) {
        return analysis.status();
      } else if (IsOfLawsAlone(request.figure)) {
        return NoFitYet(side.id);  // which pages take for "not yet"
      } else {
        material.why_no_law = std::string(analysis.status().message());
      }
    }
    FF_TRY(store_->Read([&](storage::View& view) {
      return LoadMaterial(view, side.id, request.figure, request.experiment, &material);
    }));
  }
  if (!comparison) return figures::DrawFigure(request.figure, sides[0].material.Inputs(), style);
  return figures::DrawComparison(sides[0].name, sides[0].material.Inputs(), sides[1].name,
                                 sides[1].material.Inputs(), 0, style);
}

}  // namespace ff::coordinator
