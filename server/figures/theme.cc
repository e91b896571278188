#include "server/figures/theme.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_format.h"
#include "server/figures/number_text.h"

namespace ff::figures {
namespace {

using nlohmann::json;

constexpr char kFont[] = "Inter, 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif";

using Rgb = std::array<double, 3>;
// Viridis at 0, 1/8, ..., 1.
constexpr std::array<Rgb, 9> kViridis = {{{68, 1, 84},
                                          {71, 45, 123},
                                          {59, 82, 139},
                                          {44, 114, 142},
                                          {33, 145, 140},
                                          {40, 174, 128},
                                          {94, 201, 98},
                                          {173, 220, 48},
                                          {253, 231, 37}}};

std::string ViridisAt(double t) {
  const double position = std::clamp(t, 0.0, 1.0) * (kViridis.size() - 1);
  const size_t below = std::min(static_cast<size_t>(position), kViridis.size() - 2);
  const double part = position - static_cast<double>(below);
  std::array<int, 3> mixed;
  for (int i = 0; i < 3; ++i) {
    const double value = kViridis[below][i] * (1 - part) + kViridis[below + 1][i] * part;
    mixed[i] = static_cast<int>(std::lround(value));
  }
  return absl::StrFormat("#%02x%02x%02x", mixed[0], mixed[1], mixed[2]);
}

constexpr Rgb kBlue = {0, 114, 178}, kVermilion = {213, 94, 0}, kGreen = {0, 158, 115},
              kPurple = {204, 121, 167}, kOrange = {230, 159, 0}, kSky = {86, 180, 233};

const Rgb& SeriesRgb(Style style, int index) {
  static constexpr std::array<Rgb, 6> kOnWhite = {kBlue,   kVermilion, kGreen,
                                                  kPurple, kOrange,    kSky};
  static constexpr std::array<Rgb, 6> kOnDark = {kSky, kOrange, kGreen, kPurple, kVermilion, kBlue};
  const size_t at = static_cast<size_t>(index) % kOnWhite.size();
  return style == Style::kDark ? kOnDark[at] : kOnWhite[at];
}

std::string TickText(double value, Ticks ticks) {
  switch (ticks) {
    case Ticks::kPower:
      return PowerText(value);
    case Ticks::kCount:
      return CountText(value);
    case Ticks::kPlain:
      return PlainText(value);
  }
  return "";
}

// 1, 2, 2.5 or 5 times a power of ten.
double NiceStep(double rough) {
  const double unit = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double nice : {1.0, 2.0, 2.5, 5.0}) {
    if (rough <= nice * unit * 1.0001) return nice * unit;
  }
  return 10 * unit;
}

std::vector<double> TickValues(double low, double high, Ticks ticks) {
  const double decades = std::log10(high / low);
  std::vector<double> values;
  if (decades < 0.75) {
    const double step = NiceStep((high - low) / 5);
    const double first = std::ceil(low / step) * step;
    const auto count = static_cast<int>(std::floor((high * 1.0000001 - first) / step)) + 1;
    for (int i = 0; i < count; ++i) values.push_back(first + i * step);
    return values;
  }
  const int first = static_cast<int>(std::floor(std::log10(low)));
  const int last = static_cast<int>(std::ceil(std::log10(high)));
  // Long labels (3 x 10^12) leave room for fewer ticks than short ones (3M).
  const double room = ticks == Ticks::kPower ? 0.6 : 1.0;
  std::vector<double> digits = {1.0};
  if (decades < 3.3 * room) digits = {1.0, 3.0};
  if (decades < 1.7 * room) digits = {1.0, 2.0, 5.0};
  const int stride = std::max(1, static_cast<int>(std::ceil(decades / 6)));
  for (int exponent = first; exponent <= last; exponent += stride) {
    for (const double digit : digits) {
      const double value = digit * std::pow(10.0, exponent);
      if (value >= low * 0.9999 && value <= high * 1.0001) values.push_back(value);
    }
  }
  return values;
}

json Axis(Style style, const std::string& title) {
  const Theme theme = ThemeOf(style);
  return {{"title", {{"text", title}, {"standoff", 12}}},
          {"showline", true},
          {"linecolor", theme.line},
          {"linewidth", 1},
          {"ticks", "outside"},
          {"ticklen", 5},
          {"tickcolor", theme.line},
          {"gridcolor", theme.grid},
          {"gridwidth", 1},
          {"zeroline", false},
          {"mirror", style == Style::kPaper},
          {"automargin", true}};
}

}  // namespace

Theme ThemeOf(Style style) {
  switch (style) {
    case Style::kPaper:
      return {"#ffffff", "#ffffff", "#1a1a1a", "#595959",
              "#ececec", "#333333", "#c2410c", "rgba(194,65,12,0.22)",
              "#595959", 15,        2.0,       8};
    case Style::kNotebook:
      return {"#ffffff", "#f7f8fa", "#24292f", "#57606a",
              "#e1e4e8", "#8c959f", "#c2410c", "rgba(194,65,12,0.22)",
              "#57606a", 13,        2.0,       7};
    case Style::kDark:
      return {"#161b23",
              "#161b23",
              "#e6edf3",
              "#9da7b3",
              "rgba(157,167,179,0.18)",
              "#6e7681",
              "#ff9f5a",
              "rgba(255,159,90,0.26)",
              "#9da7b3",
              13,
              2.0,
              7};
  }
  return {};
}

std::string BudgetColour(Style style, int index, int count) {
  const double first = style == Style::kDark ? 0.28 : 0.0;
  const double last = style == Style::kDark ? 1.0 : 0.84;
  const double t = count < 2 ? 0.4 : static_cast<double>(index) / (count - 1);
  return ViridisAt(first + (last - first) * t);
}

std::string SeriesColour(Style style, int index) {
  const Rgb& c = SeriesRgb(style, index);
  return absl::StrFormat("#%02x%02x%02x", static_cast<int>(c[0]), static_cast<int>(c[1]),
                         static_cast<int>(c[2]));
}

std::string SeriesBand(Style style, int index, double opacity) {
  const Rgb& c = SeriesRgb(style, index);
  return absl::StrFormat("rgba(%g,%g,%g,%.2f)", c[0], c[1], c[2], opacity);
}

json ColourScale(Style style) {
  json scale = json::array();
  constexpr int kStops = 9;
  for (int i = 0; i < kStops; ++i) {
    scale.push_back({static_cast<double>(i) / (kStops - 1), BudgetColour(style, i, kStops)});
  }
  return scale;
}

json BaseLayout(Style style, const std::string& title) {
  const Theme theme = ThemeOf(style);
  json layout = {
      {"font", {{"family", kFont}, {"size", theme.font_size}, {"color", theme.text}}},
      {"paper_bgcolor", theme.background},
      {"plot_bgcolor", theme.panel},
      {"margin", {{"l", 78}, {"r", 24}, {"t", 56}, {"b", 66}}},
      {"hovermode", "closest"},
      {"hoverlabel", {{"font", {{"family", kFont}}}, {"align", "left"}}},
      {"legend",
       {{"x", 1.02},
        {"y", 1},
        {"xanchor", "left"},
        {"yanchor", "top"},
        {"bgcolor", "rgba(0,0,0,0)"},
        {"tracegroupgap", 2},
        {"font", {{"size", theme.font_size - 1}}}}},
  };
  // A publication has its caption; a title would say the same twice.
  if (style == Style::kPaper) {
    layout["margin"]["t"] = 28;
  } else {
    layout["title"] = {{"text", title},
                       {"x", 0.01},
                       {"xanchor", "left"},
                       {"font", {{"size", theme.font_size + 4}}}};
  }
  return layout;
}

json LogAxis(Style style, const std::string& title, double low, double high, Ticks ticks) {
  const double air = std::max(0.04 * std::log10(high / low), 0.004);
  const double from = std::log10(low) - air, to = std::log10(high) + air;
  json axis = Axis(style, title);
  axis["type"] = "log";
  axis["range"] = {from, to};
  const std::vector<double> values = TickValues(std::pow(10, from), std::pow(10, to), ticks);
  std::vector<std::string> texts;
  texts.reserve(values.size());
  for (const double value : values) texts.push_back(TickText(value, ticks));
  axis["tickmode"] = "array";
  axis["tickvals"] = values;
  axis["ticktext"] = texts;
  return axis;
}

json LinearAxis(Style style, const std::string& title) { return Axis(style, title); }

json EmptyFigure(Style style, const std::string& title, const std::string& sentence) {
  json layout = BaseLayout(style, title);
  layout["xaxis"] = {{"visible", false}};
  layout["yaxis"] = {{"visible", false}};
  layout["annotations"] = json::array({{{"text", sentence},
                                        {"showarrow", false},
                                        {"xref", "paper"},
                                        {"yref", "paper"},
                                        {"x", 0.5},
                                        {"y", 0.5},
                                        {"font", {{"color", ThemeOf(style).muted}}}}});
  return {{"data", json::array()}, {"layout", layout}};
}

}  // namespace ff::figures
