// Figures to files: HTML, JSON and CSV by ffctl itself, PNG and SVG through Chromium. A format
// that fails is a warning; the others are still made.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/analysis/file_figures.h"
#include "client/errors.h"
#include "client/session.h"
#include "ff/v1/config.pb.h"

namespace ff::client {

// Into config.paths().plots(), in config.plots().formats(). INTERNAL: nothing could be written.
absl::StatusOr<Exit> SaveFigures(Session& session, const std::vector<DrawnFigure>& figures,
                                 const v1::VisualizerConfig& config);

}  // namespace ff::client
