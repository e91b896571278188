#include "server/figures/law_words.h"

#include <cmath>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/figures/number_text.h"

namespace ff::figures {
namespace {

std::string Over(double factor, const char* symbol, double exponent) {
  return absl::StrFormat("%s/<i>%s</i><sup>%.3f</sup>", FactorText(factor), symbol, exponent);
}

std::string LossText(const LawFit& fit) {
  switch (fit.loss) {
    case LossFunction::kHuber:
      return absl::StrFormat("Huber loss of ln <i>L</i> at %g", fit.huber_delta);
    case LossFunction::kLad:
      return "least absolute deviations of ln <i>L</i>";
    case LossFunction::kLogSquares:
      return "least squares of ln <i>L</i>";
    case LossFunction::kSquares:
      return "least squares of <i>L</i>";
  }
  return "";
}

std::string IntervalText(double confidence, int resamples) {
  if (resamples == 0) return ".";
  return absl::StrFormat("; %g %% intervals from %d bootstrap resamples.", 100 * confidence,
                         resamples);
}

}  // namespace

double ValueOf(const LawFit& fit, const std::string& name) {
  for (const LawParameter& parameter : fit.parameters) {
    if (parameter.name == name) return parameter.value;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

std::string LawText(const LawFit& fit) {
  const auto value = [&](const char* name) { return ValueOf(fit, name); };
  const auto first_offset = [&] {
    for (const LawParameter& p : fit.parameters) {
      if (absl::StartsWith(p.name, "e:")) return p.value;
    }
    return value("e");
  };
  switch (fit.family) {
    case LawFamily::kHoffmann:
    case LawFamily::kGroupOffsets:
      return absl::StrFormat("<i>L</i> = %.4g + %s + %s", first_offset(),
                             Over(value("a"), "N", value("alpha")),
                             Over(value("b"), "D", value("beta")));
    case LawFamily::kTied:
      return absl::StrFormat("<i>L</i> = %.4g + %s + %s", value("e"),
                             Over(value("a"), "N", value("alpha")),
                             Over(value("b"), "D", value("alpha")));
    case LawFamily::kKaplan:
      return absl::StrFormat(
          "<i>L</i> = [(%s/<i>N</i>)<sup>%.3f</sup> + %s/<i>D</i>]<sup>%.3f</sup>",
          FactorText(std::exp(value("log_nc"))), value("alpha_n") / value("alpha_d"),
          FactorText(std::exp(value("log_dc"))), value("alpha_d"));
    case LawFamily::kCompute:
      return absl::StrFormat("<i>L</i> = %.4g + %s", value("e"), Over(value("k"), "C", value("a")));
    case LawFamily::kGadre:
      return absl::StrFormat(
          "<i>L</i> = %.4g + (%s <i>M</i><sup>%.3f</sup> + %s <i>M</i><sup>\u2212%.3f</sup>) "
          "<i>C</i><sup>\u2212%.3f</sup>, <i>M</i> = <i>D</i>/<i>N</i>",
          value("e"), FactorText(value("a")), value("eta"), FactorText(value("b")), value("eta"),
          value("eta"));
  }
  return "";
}

std::string LawText(const Fit& fit) {
  return absl::StrFormat("<i>N</i><sub>opt</sub> = %s <i>C</i><sup>%s</sup>",
                         FactorText(fit.n_opt.coefficient_k), ExponentText(fit.n_opt.exponent_a));
}

std::string FitSentence(const LawFit& fit) {
  return absl::StrFormat("n = %d runs, %s, objective %.6g, <i>R</i>\u00b2 = %.4f%s", fit.runs,
                         LossText(fit), fit.objective, fit.r_squared,
                         IntervalText(fit.confidence, fit.resamples));
}

std::string FitSentence(const Fit& fit) {
  return absl::StrFormat("n = %d runs at %d budgets%s", fit.runs_used, fit.optimal_points.size(),
                         IntervalText(fit.confidence, fit.resamples));
}

std::string BandName(double confidence) {
  return absl::StrFormat("%g %% bootstrap band", 100 * confidence);
}

std::string Symbol(const std::string& parameter) {
  if (parameter == "alpha") return "\u03b1";
  if (parameter == "beta") return "\u03b2";
  if (parameter == "eta") return "\u03b7";
  if (parameter == "alpha_n") return "\u03b1<sub>N</sub>";
  if (parameter == "alpha_d") return "\u03b1<sub>D</sub>";
  return absl::StrCat("<i>", parameter, "</i>");
}

}  // namespace ff::figures
