#include "server/figures/panels.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "server/figures/theme.h"

namespace ff::figures {
namespace {

using nlohmann::json;

constexpr double kFontSize = 12;
constexpr double kCaptionSize = 11;
constexpr int kLinePixels = 16;
constexpr int kBelowAxes = 60;  // ticks and title of the x axis

// Characters that are seen: tags (<i>) take no room.
size_t Length(absl::string_view word) {
  size_t length = 0;
  bool in_tag = false;
  for (const char c : word) {
    if (c == '<') in_tag = true;
    // Of a UTF-8 sequence only the first byte counts.
    if (!in_tag && (static_cast<unsigned char>(c) & 0xC0) != 0x80) ++length;
    if (c == '>') in_tag = false;
  }
  return length;
}

// The space of "<span style=..." breaks no line: tags here carry none.
std::vector<std::string> Lines(const std::string& text, size_t width) {
  std::vector<std::string> lines = {""};
  size_t used = 0;
  for (const absl::string_view word : absl::StrSplit(text, ' ')) {
    const size_t length = Length(word);
    if (used > 0 && used + 1 + length > width) {
      lines.emplace_back();
      used = 0;
    }
    absl::StrAppend(&lines.back(), used > 0 ? " " : "", word);
    used += length + (used > 0 ? 1 : 0);
  }
  return lines;
}

}  // namespace

json Panel::OnAxes(json trace) const {
  trace["xaxis"] = "x" + suffix;
  trace["yaxis"] = "y" + suffix;
  return trace;
}

void Panel::AddAxes(json x_axis, json y_axis, json* layout) const {
  x_axis["domain"] = {left, right};
  x_axis["anchor"] = "y" + suffix;
  x_axis["title"]["standoff"] = 6;
  y_axis["domain"] = {bottom, top};
  y_axis["anchor"] = "x" + suffix;
  y_axis["title"]["standoff"] = 6;
  (*layout)["xaxis" + suffix] = std::move(x_axis);
  (*layout)["yaxis" + suffix] = std::move(y_axis);
}

json Panel::Corner(Style style, const std::string& text, bool at_right, bool at_top) const {
  const Theme theme = ThemeOf(style);
  return {{"text", text},
          {"showarrow", false},
          {"xref", "x" + suffix + " domain"},
          {"yref", "y" + suffix + " domain"},
          {"x", at_right ? 0.97 : 0.03},
          {"y", at_top ? 0.97 : 0.03},
          {"xanchor", at_right ? "right" : "left"},
          {"yanchor", at_top ? "top" : "bottom"},
          {"align", at_right ? "right" : "left"},
          {"font", {{"size", kFontSize - 1}, {"color", theme.text}}}};
}

Panel PanelAt(int index, int columns, int rows) {
  // Room between panels for the ticks and the title of the next one's axis.
  const double across = columns > 2 ? 0.115 : 0.13, down = 0.19;
  const double width = (1 - across * (columns - 1)) / columns;
  const double height = (1 - down * (rows - 1)) / rows;
  const int column = index % columns, row = index / columns;
  Panel panel;
  panel.suffix = index == 0 ? "" : std::to_string(index + 1);
  panel.left = column * (width + across);
  panel.right = panel.left + width;
  panel.top = 1 - row * (height + down);
  panel.bottom = row == rows - 1 ? 0 : panel.top - height;
  return panel;
}

void UsePanels(Style style, json* layout) {
  (*layout)["font"]["size"] = kFontSize;
  (*layout)["margin"]["l"] = 66;
  (*layout)["margin"]["r"] = 16;
  (*layout)["margin"]["t"] = style == Style::kPaper ? 44 : 76;
  (*layout)["legend"].update({{"orientation", "h"},
                              {"x", 0.5},
                              {"xanchor", "center"},
                              {"y", 1.02},
                              {"yanchor", "bottom"}});
  if ((*layout)["annotations"].is_null()) (*layout)["annotations"] = json::array();
}

void AddCaption(Style style, const std::string& text, json* layout, size_t width) {
  const Theme theme = ThemeOf(style);
  // "n = 240" and "95 %" stay together.
  const std::string joined =
      absl::StrReplaceAll(text, {{" = ", "\u00a0=\u00a0"}, {" %", "\u00a0%"}});
  const std::vector<std::string> lines = Lines(joined, width);
  if ((*layout)["annotations"].is_null()) (*layout)["annotations"] = json::array();
  (*layout)["annotations"].push_back({{"name", "caption"},
                                      {"text", absl::StrJoin(lines, "<br>")},
                                      {"showarrow", false},
                                      {"xref", "paper"},
                                      {"yref", "paper"},
                                      {"x", 0},
                                      {"y", 0},
                                      {"xanchor", "left"},
                                      {"yanchor", "top"},
                                      {"xshift", 10 - (*layout)["margin"]["l"].get<int>()},
                                      {"yshift", -kBelowAxes},
                                      {"align", "left"},
                                      {"font", {{"size", kCaptionSize}, {"color", theme.muted}}}});
  (*layout)["margin"]["b"] = kBelowAxes + 12 + kLinePixels * static_cast<int>(lines.size());
}

}  // namespace ff::figures
