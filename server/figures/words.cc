// The words of styles and axes; see figures.h.
#include "absl/strings/str_cat.h"
#include "server/figures/figures.h"

namespace ff::figures {

absl::StatusOr<Style> ParseStyle(const std::string& word) {
  if (word == "paper") return Style::kPaper;
  if (word == "notebook") return Style::kNotebook;
  if (word == "dark") return Style::kDark;
  return absl::InvalidArgumentError(
      absl::StrCat("no figure style '", word, "'; there are paper, notebook and dark"));
}

absl::StatusOr<XAxis> ParseXAxis(const std::string& word) {
  if (word == "step") return XAxis::kStep;
  if (word == "tokens") return XAxis::kTokens;
  if (word == "flops") return XAxis::kFlops;
  if (word == "seconds") return XAxis::kSeconds;
  return absl::InvalidArgumentError(absl::StrCat(
      "no axis '", word, "' for loss curves; there are step, tokens, flops and seconds"));
}

}  // namespace ff::figures
