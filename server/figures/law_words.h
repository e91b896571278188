// Laws, fits and losses in the words of captions. Pure; thread-safe.
#pragma once

#include <string>

#include "server/domain/law_fit.h"

namespace ff::figures {

// "<i>L</i> = 1.817 + 477.8/<i>N</i><sup>0.347</sup> + 2143/<i>D</i><sup>0.367</sup>"; for group
// offsets the first level's E.
std::string LawText(const LawFit& fit);

// "<i>N</i><sub>opt</sub> = 0.09 <i>C</i><sup>0.497</sup>": of an IsoFLOP law.
std::string LawText(const Fit& fit);

// "n = 240 runs, Huber loss of ln L at 0.001, objective 0.00101827; R2 0.998; 95 % intervals from
// 4000 bootstrap resamples."
std::string FitSentence(const LawFit& fit);
// Of an IsoFLOP law: "n = 56 runs at 7 budgets; 95 % intervals from 4000 bootstrap resamples."
std::string FitSentence(const Fit& fit);

// "95 % bootstrap band".
std::string BandName(double confidence);

// The parameter's value; NaN where the family has none of this name.
double ValueOf(const LawFit& fit, const std::string& name);

// "alpha" -> the letter; what is no Greek word stays.
std::string Symbol(const std::string& parameter);

}  // namespace ff::figures
