// How figures look: fonts, colours and axes of each style, in plotly's words. Colours stay
// apart for colour-blind eyes and in grey: budgets run through viridis (van der Walt and
// Smith 2015), ordered from small to large. Pure; thread-safe.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "server/figures/figures.h"

namespace ff::figures {

struct Theme {
  std::string background, panel;  // page and plot area; the dashboard draws on its own
  std::string text, muted, grid, line;
  std::string accent;     // the fitted law
  std::string band;       // its confidence band, translucent
  std::string reference;  // lines to compare with
  double font_size = 0, line_width = 0, marker_size = 0;
};
Theme ThemeOf(Style style);

// Colour of the `index`th of `count` budgets, "#rrggbb". The pale end is left out on white,
// the dark end on dark.
std::string BudgetColour(Style style, int index, int count);

// The `index`th of things that have no order (two laws, outliers and the rest): blue, vermilion,
// green, purple, orange, sky of Okabe and Ito 2008, which colour-blind eyes keep apart; in the
// dark style the light ones first.
std::string SeriesColour(Style style, int index);
// The same with an opacity, as "rgba(...)".
std::string SeriesBand(Style style, int index, double opacity);

// Viridis from the dark end (0) to the light end (1), as a plotly colour scale that stays
// readable on the style's background.
nlohmann::json ColourScale(Style style);

// Layout of every figure: fonts, background, margins, legend to the right.
nlohmann::json BaseLayout(Style style, const std::string& title);

// How an axis writes its numbers: 10^12 | 1.5M | 3.2.
enum class Ticks { kPower, kCount, kPlain };

// Log axis from `low` to `high` (both positive), with some air, and ticks where a reader
// expects them: decades, else 1-3 or 1-2-5, else even steps.
nlohmann::json LogAxis(Style style, const std::string& title, double low, double high, Ticks ticks);
nlohmann::json LinearAxis(Style style, const std::string& title);

// A sentence in the middle of an empty figure.
nlohmann::json EmptyFigure(Style style, const std::string& title, const std::string& sentence);

}  // namespace ff::figures
