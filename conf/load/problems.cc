#include "conf/load/problems.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace ff::conf {

void Problems::Add(const std::string& where, const std::string& path, const std::string& what) {
  lines_.push_back(absl::StrCat(where, ": ", path, path.empty() ? "" : ": ", what));
}

absl::Status Problems::ToStatus() const {
  constexpr size_t kShown = 20;
  if (lines_.empty()) return absl::OkStatus();
  if (lines_.size() == 1) return absl::InvalidArgumentError(lines_[0]);
  std::string text = absl::StrCat(lines_.size(), " errors in the configuration:");
  for (size_t i = 0; i < std::min(kShown, lines_.size()); ++i) {
    absl::StrAppend(&text, "\n  ", lines_[i]);
  }
  if (lines_.size() > kShown) {
    absl::StrAppend(&text, "\n  ... and ", lines_.size() - kShown, " more");
  }
  return absl::InvalidArgumentError(text);
}

}  // namespace ff::conf
