#include "client/analysis/law_flags.h"

#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/errors.h"
#include "client/sweep_request.h"

namespace ff::client {
namespace {

struct ShortWord {
  const char* flag;
  const char* key;
};
constexpr ShortWord kShortWords[] = {
    {"method", "fitting.approach"},
    {"isoflop", "fitting.method"},
    {"law", "surface.family"},
    {"loss", "surface.loss"},
    {"huber-delta", "surface.huber_delta"},
    {"resamples", "bootstrap.resamples"},
    {"seed", "bootstrap.seed"},
    {"confidence", "bootstrap.confidence"},
};

}  // namespace

std::vector<Flag> LawFlags() {
  return {
      {"--results", "FILE", "analyse this CSV or JSON file of runs instead of a sweep", false, {}},
      {"--group", "COLUMN=VALUE", "only the file's runs with that value", true, {}},
      {"--column",
       "ROLE=COLUMN",
       "which column is loss, params_n, tokens_d, ...; COLUMN*1e6, ln(COLUMN) in other units",
       true,
       {}},
      {"--budget-column",
       "COLUMN",
       "where the file has each run's budget; else isoflop_budget",
       false,
       {}},
      {"--curves",
       "",
       "the file's rows of one run_id are its training curve (so with a column step)",
       false,
       {}},
      {"--method",
       "APPROACH",
       "surface, isoflop, envelope or all (fitting.approach)",
       false,
       {"surface", "isoflop", "envelope", "all"}},
      {"--isoflop",
       "METHOD",
       "quadratic, akima, cubic or empirical (fitting.method)",
       false,
       {"quadratic", "akima", "cubic", "empirical"}},
      {"--law",
       "FAMILY",
       "hoffmann, tied, group_offsets, kaplan, compute or gadre (surface.family)",
       false,
       {"hoffmann", "tied", "group_offsets", "kaplan", "compute", "gadre"}},
      {"--loss",
       "LOSS",
       "huber, lad, squares or log_squares (surface.loss)",
       false,
       {"huber", "lad", "squares", "log_squares"}},
      {"--huber-delta",
       "DELTA",
       "where Huber's loss bends, in ln L (surface.huber_delta)",
       false,
       {}},
      {"--resamples", "N", "bootstrap draws; 0: no intervals (bootstrap.resamples)", false, {}},
      {"--seed", "N", "of the draws (bootstrap.seed)", false, {}},
      {"--confidence", "PART", "of the intervals, as 0.95 (bootstrap.confidence)", false, {}},
      {"--flops", "COMPUTE", "predict for this much compute, FLOP", true, {}},
  };
}

std::vector<std::string> LawOverrides(const Arguments& arguments) {
  std::vector<std::string> words;
  for (const ShortWord& word : kShortWords) {
    if (arguments.Has(word.flag)) {
      words.push_back(absl::StrCat("analyzer.", word.key, "=", arguments.Get(word.flag)));
    }
  }
  return words;
}

absl::StatusOr<v1::FlopsFitConfig> ReadLawConfig(const Arguments& arguments,
                                                 const std::vector<std::string>& overrides) {
  std::vector<std::string> words = overrides;
  for (const std::string& word : LawOverrides(arguments)) words.push_back(word);
  return ReadConfig(arguments, words, "analyzer");
}

absl::StatusOr<std::vector<std::pair<std::string, std::string>>> GroupsOf(
    const std::vector<std::string>& values) {
  std::vector<std::pair<std::string, std::string>> groups;
  for (const std::string& value : values) {
    const size_t equals = value.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Fail(
          absl::StatusCode::kInvalidArgument, absl::StrCat("'", value, "' is no COLUMN=VALUE"),
          "it selects the runs of a group", "ffctl analyze --results FILE.csv --group dataset=c4");
    }
    groups.emplace_back(value.substr(0, equals), value.substr(equals + 1));
  }
  return groups;
}

absl::StatusOr<std::vector<double>> ComputesOf(const std::vector<std::string>& words) {
  std::vector<double> computes;
  for (const std::string& word : words) {
    double compute = 0;
    if (!absl::SimpleAtod(word, &compute) || !std::isfinite(compute) || !(compute > 0)) {
      return Fail(absl::StatusCode::kInvalidArgument,
                  absl::StrCat("'", word, "' is no amount of compute"),
                  "it is a number of FLOPs above 0", "ffctl predict 1e18 1e20");
    }
    computes.push_back(compute);
  }
  return computes;
}

}  // namespace ff::client
