#include "client/render/plotly_source.h"

#include <fstream>
#include <sstream>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "nlohmann/json.hpp"

namespace ff::render {

absl::StatusOr<std::string> ReadPlotly(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  if (file) content << file.rdbuf();  // a folder opens, and fails here
  std::string text = content.str();
  if (!content || text.empty()) {
    return absl::NotFoundError(
        absl::StrCat("cannot read plotly.js at ", path, "; build the target ff_web (needs npm)"));
  }
  return text;
}

absl::StatusOr<std::string> SafeFigureJson(const std::string& figure, const std::string& json) {
  const nlohmann::json parsed = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  const bool is_figure = parsed.is_object() && parsed.contains("data") &&
                         parsed["data"].is_array() && parsed.contains("layout") &&
                         parsed["layout"].is_object();
  if (!is_figure) {
    return absl::InvalidArgumentError(
        absl::StrCat("figure \"", figure,
                     "\" is not a JSON object with a list \"data\" and an object \"layout\""));
  }
  // "<" only occurs inside JSON strings, where \u003c means the same. U+2028 and U+2029 end
  // a line in JavaScript before ES2019; ASCII output escapes them as well.
  const std::string text =
      parsed.dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::json::error_handler_t::replace);
  return absl::StrReplaceAll(text, {{"<", "\\u003c"}});
}

}  // namespace ff::render
