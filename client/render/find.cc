#include "client/render/find.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace ff::render {
namespace {

namespace fs = std::filesystem;

constexpr char kInstallHint[] = "install the Debian package chromium (apt-get install chromium)";

bool IsProgram(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
}

// Empty where PATH has no such program.
std::string FindOnPath(const std::string& name) {
  const char* path = std::getenv("PATH");
  if (path == nullptr) return "";
  for (absl::string_view folder : absl::StrSplit(path, ':', absl::SkipEmpty())) {
    const fs::path candidate = fs::path(std::string(folder)) / name;
    if (IsProgram(candidate)) return candidate.string();
  }
  return "";
}

}  // namespace

absl::StatusOr<std::string> FindBrowser(const std::string& configured) {
  if (!configured.empty()) {
    const bool is_path = configured.find('/') != std::string::npos;
    const std::string found =
        is_path ? (IsProgram(configured) ? configured : "") : FindOnPath(configured);
    if (!found.empty()) return found;
    return absl::NotFoundError(absl::StrCat("the configured browser \"", configured, "\" is not ",
                                            is_path ? "an executable file" : "a program on PATH",
                                            "; correct visualizer.browser, or leave it empty and ",
                                            kInstallHint));
  }
  for (const char* name :
       {"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}) {
    const std::string found = FindOnPath(name);
    if (!found.empty()) return found;
  }
  return absl::NotFoundError(
      absl::StrCat("no browser to draw images with (looked for chromium, chromium-browser and "
                   "google-chrome on PATH); ",
                   kInstallHint, ", or set visualizer.browser"));
}

absl::StatusOr<std::string> FindPlotly() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) {
    return absl::InternalError(
        absl::StrCat("cannot read the link /proc/self/exe: ", error.message()));
  }
  const fs::path prefix = program.parent_path().parent_path();
  const std::vector<fs::path> candidates = {
      prefix / "share/flops-fit/web/vendor/plotly.min.js",
      prefix / "web/vendor/plotly.min.js",
  };
  for (const fs::path& candidate : candidates) {
    if (fs::is_regular_file(candidate, error)) return candidate.string();
  }
  return absl::NotFoundError(absl::StrCat(
      "plotly.js is neither at ", candidates[0].string(), " nor at ", candidates[1].string(),
      "; install the Debian package npm and build the target ff_web"));
}

}  // namespace ff::render
