// Words of families and losses, parameters by name, formulas; part of law_fit.h.
#include <array>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/scaling/law_fit.h"

namespace ff::scaling {
namespace {

constexpr std::array<std::pair<LawFamily, const char*>, 6> kFamilies = {{
    {LawFamily::kHoffmann, "hoffmann"},
    {LawFamily::kTied, "tied"},
    {LawFamily::kGroupOffsets, "group_offsets"},
    {LawFamily::kKaplan, "kaplan"},
    {LawFamily::kCompute, "compute"},
    {LawFamily::kGadre, "gadre"},
}};

constexpr std::array<std::pair<LossFunction, const char*>, 4> kLosses = {{
    {LossFunction::kHuber, "huber"},
    {LossFunction::kLad, "lad"},
    {LossFunction::kSquares, "squares"},
    {LossFunction::kLogSquares, "log_squares"},
}};

template <typename Table>
std::string AllWords(const Table& table) {
  std::string words;
  for (const auto& [value, word] : table) absl::StrAppend(&words, words.empty() ? "" : ", ", word);
  return words;
}

}  // namespace

absl::StatusOr<LawFamily> ParseLawFamily(const std::string& word) {
  for (const auto& [family, name] : kFamilies) {
    if (word == name) return family;
  }
  return absl::InvalidArgumentError(
      absl::StrFormat("there is no law '%s'; there are: %s", word, AllWords(kFamilies)));
}

std::string LawFamilyName(LawFamily family) {
  for (const auto& [value, name] : kFamilies) {
    if (value == family) return name;
  }
  return "";
}

absl::StatusOr<LossFunction> ParseLossFunction(const std::string& word) {
  for (const auto& [loss, name] : kLosses) {
    if (word == name) return loss;
  }
  return absl::InvalidArgumentError(
      absl::StrFormat("there is no loss function '%s'; there are: %s", word, AllWords(kLosses)));
}

std::string LossFunctionName(LossFunction loss) {
  for (const auto& [value, name] : kLosses) {
    if (value == loss) return name;
  }
  return "";
}

double ParameterOf(const LawFit& fit, const std::string& name) {
  for (const LawParameter& parameter : fit.parameters) {
    if (parameter.name == name) return parameter.value;
  }
  return NAN;
}

std::string LawFormula(const LawFit& fit) {
  const auto value = [&fit](const char* name) { return ParameterOf(fit, name); };
  switch (fit.family) {
    case LawFamily::kHoffmann:
      return absl::StrFormat("L = %.4g + %.4g/N^%.4f + %.4g/D^%.4f", value("e"), value("a"),
                             value("alpha"), value("b"), value("beta"));
    case LawFamily::kTied:
      return absl::StrFormat("L = %.4g + %.4g/N^%.4f + %.4g/D^%.4f", value("e"), value("a"),
                             value("alpha"), value("b"), value("alpha"));
    case LawFamily::kGroupOffsets:
      return absl::StrFormat("L = E(group) + %.4g/N^%.4f + %.4g/D^%.4f", value("a"), value("alpha"),
                             value("b"), value("beta"));
    case LawFamily::kKaplan:
      return absl::StrFormat("L = [(%.4g/N)^%.4f + %.4g/D]^%.4f", std::exp(value("log_nc")),
                             value("alpha_n") / value("alpha_d"), std::exp(value("log_dc")),
                             value("alpha_d"));
    case LawFamily::kCompute:
      return absl::StrFormat("L = %.4g + %.4g * C^-%.4f", value("e"), value("k"), value("a"));
    case LawFamily::kGadre:
      return absl::StrFormat("L = %.4g + (%.4g M^%.4f + %.4g M^-%.4f) C^-%.4f, M = D/N", value("e"),
                             value("a"), value("eta"), value("b"), value("eta"), value("eta"));
  }
  return "";
}

}  // namespace ff::scaling
