#include "client/render/html.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/render/plotly_source.h"

namespace ff::render {
namespace {

constexpr char kStyle[] = R"(
body { margin: 0 auto; max-width: 1200px; padding: 1.5rem; color: #1c2330; background: #fff;
       font: 16px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin: 2rem 0 0.5rem; }
.figure { min-height: 480px; }
@media print { body { max-width: none; padding: 0; } section { break-inside: avoid; } }
)";

// Draws every figure element from the JSON element after it. The fixed width of the file
// formats is dropped, so that a figure fills the window; its height is kept. The page takes the
// figures' own ground and letters, so that dark figures stand on a dark page.
constexpr char kScript[] = R"(
for (const box of document.querySelectorAll('.figure')) {
  const figure = JSON.parse(document.getElementById(box.dataset.json).textContent);
  const layout = Object.assign({}, figure.layout, { autosize: true });
  delete layout.width;
  if (layout.paper_bgcolor) document.body.style.background = layout.paper_bgcolor;
  if (layout.font && layout.font.color) document.body.style.color = layout.font.color;
  if (layout.height) box.style.height = layout.height + 'px';
  Plotly.newPlot(box, figure.data, layout, {
    responsive: true, displaylogo: false,
    toImageButtonOptions: { format: 'svg', filename: box.dataset.name },
  });
}
)";

std::string EscapeHtml(const std::string& text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

// In JavaScript "<\/script" means the same inside strings, regular expressions and
// templates, the only places where a valid program holds "</script". "<!--" would switch
// the HTML parser into its double-escaped state.
std::string EscapeScript(const std::string& source) {
  return absl::StrReplaceAll(
      source, {{"</script", "<\\/script"}, {"</SCRIPT", "<\\/SCRIPT"}, {"<!--", "<\\!--"}});
}

}  // namespace

absl::StatusOr<std::string> BuildHtml(const std::string& title,
                                      const std::vector<NamedFigure>& figures,
                                      const std::string& plotly_js_path) {
  absl::StatusOr<std::string> plotly = ReadPlotly(plotly_js_path);
  if (!plotly.ok()) return plotly.status();
  std::string sections;
  for (size_t i = 0; i < figures.size(); ++i) {
    const auto& [name, text] = figures[i];
    absl::StatusOr<std::string> json = SafeFigureJson(name, text);
    if (!json.ok()) return json.status();
    const std::string label = EscapeHtml(name);
    absl::StrAppend(&sections, "<section>\n<h2>", label,
                    "</h2>\n<div class=\"figure\" data-name=\"", label, "\" data-json=\"figure-", i,
                    "\"></div>\n", "<script type=\"application/json\" id=\"figure-", i, "\">",
                    *json, "</script>\n</section>\n");
  }
  return absl::StrCat("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
                      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>",
                      EscapeHtml(title), "</title>\n<style>", kStyle, "</style>\n<script>",
                      EscapeScript(*plotly), "</script>\n</head>\n<body>\n<h1>", EscapeHtml(title),
                      "</h1>\n", sections, "<script>", kScript, "</script>\n</body>\n</html>\n");
}

}  // namespace ff::render
