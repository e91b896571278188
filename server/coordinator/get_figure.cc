#include <utility>

#include "server/coordinator/coordinator.h"
#include "server/coordinator/figure_material.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/try.h"
#include "server/figures/draw_figure.h"
#include "server/figures/figures.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

constexpr char kComparison[] = "law_comparison";

struct Named {
  std::string name;
  FigureMaterial material;
};

absl::StatusOr<Named> LoadNamed(storage::View& view, const std::string& sweep,
                                const FigureRequest& request) {
  FF_TRY_ASSIGN(const std::string id, ResolveSweep(view, sweep));
  FF_TRY_ASSIGN(const Sweep facts, view.GetSweep(id));
  Named named;
  named.name = facts.name.empty() ? id : facts.name;
  FF_TRY_ASSIGN(named.material, LoadMaterial(view, id, request.figure, request.experiment));
  return named;
}

}  // namespace

absl::StatusOr<std::string> Coordinator::GetFigure(const FigureRequest& request) {
  FF_TRY_ASSIGN(const figures::Style style,
                figures::ParseStyle(request.style.empty() ? "paper" : request.style));
  FF_TRY_ASSIGN(const figures::XAxis x_axis,
                figures::ParseXAxis(request.x_axis.empty() ? "step" : request.x_axis));
  const bool comparison = request.figure == kComparison;
  if (comparison && request.other_sweep.empty()) {
    return absl::InvalidArgumentError("law_comparison needs a second sweep to compare with");
  }
  Named one, other;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(one, LoadNamed(view, request.sweep, request));
    if (!comparison) return absl::OkStatus();
    FF_TRY_ASSIGN(other, LoadNamed(view, request.other_sweep, request));
    return absl::OkStatus();
  }));
  one.material.x_axis = x_axis;
  EstimateLaws(request.figure, &one.material);
  if (!comparison) return figures::DrawFigure(request.figure, one.material.Inputs(), style);
  EstimateLaws(request.figure, &other.material);
  return figures::DrawComparison(one.name, one.material.Inputs(), other.name,
                                 other.material.Inputs(), 0, style);
}

}  // namespace ff::coordinator
