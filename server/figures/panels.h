// Figures of several panels: where each lies, what its axes are called, and the caption that
// every figure ends with. Pure; thread-safe.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "server/figures/figures.h"

namespace ff::figures {

// The `index`th panel (from 0) of a grid filled row by row from the top left.
struct Panel {
  std::string suffix;  // of plotly's axis names: "", "2", "3"
  double left = 0, right = 1, bottom = 0, top = 1;

  nlohmann::json OnAxes(nlohmann::json trace) const;  // the trace drawn in this panel
  void AddAxes(nlohmann::json x_axis, nlohmann::json y_axis, nlohmann::json* layout) const;
  // Text in a corner of the panel: left or right, top or bottom.
  nlohmann::json Corner(Style style, const std::string& text, bool right, bool top) const;
};
Panel PanelAt(int index, int columns, int rows);

// Several panels share the width of one figure: smaller letters, and the legend in a row above
// them, so that no panel loses room to it.
void UsePanels(Style style, nlohmann::json* layout);

// A sentence or two under the figure: formula, n, what lines and bands are. Broken into lines
// of about `width` characters; the margin below grows with them.
void AddCaption(Style style, const std::string& text, nlohmann::json* layout, size_t width = 118);

}  // namespace ff::figures
