// What a sweep's figures are drawn from: its current analysis, its runs, its training curves.
// Nothing is estimated here. Not thread-safe; a value.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/analysis.h"
#include "server/domain/run_table.h"
#include "server/figures/draw_figure.h"
#include "server/storage/store.h"

namespace ff::coordinator {

struct FigureMaterial {
  std::optional<Analysis> analysis;
  RunTable runs;
  std::vector<scaling::RunPoint> points;
  std::vector<figures::LossCurve> curves;
  figures::XAxis x_axis = figures::XAxis::kStep;
  std::string why_no_law;  // of any kind

  // Points into this.
  figures::FigureInputs Inputs() const;
};

// Whether `figure` shows a law at all.
bool NeedsAnalysis(const std::string& figure);

// Whether `figure` is of laws alone: without one it cannot be drawn.
bool IsOfLawsAlone(const std::string& figure);

// Reads what `figure` needs beside the analysis, which is there already or never will be;
// `experiment` as in FigureRequest.
absl::Status LoadMaterial(storage::View& view, const std::string& sweep_id,
                          const std::string& figure, const std::string& experiment,
                          FigureMaterial* material);

}  // namespace ff::coordinator
