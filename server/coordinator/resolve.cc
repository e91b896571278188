#include "server/coordinator/resolve.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/coordinator/try.h"

namespace ff::coordinator {
namespace {

constexpr size_t kMostNamed = 5;

std::string Described(const Sweep& sweep) { return absl::StrCat(sweep.id, " (", sweep.name, ")"); }

absl::Status Ambiguous(const std::string& what, const std::string& text,
                       std::vector<std::string> candidates) {
  const size_t all = candidates.size();
  candidates.resize(std::min(all, kMostNamed));
  return absl::InvalidArgumentError(
      absl::StrCat(what, " '", text, "' could be ", absl::StrJoin(candidates, ", "),
                   all > kMostNamed ? ", ..." : "", "; name one by more digits of its id"));
}

absl::Status NoSweep(const std::string& text, const std::vector<Sweep>& sweeps) {
  if (sweeps.empty()) {
    return absl::NotFoundError(
        absl::StrCat("no sweep '", text, "': there is none yet; `ffctl sweep create` makes one"));
  }
  std::set<std::string> near;
  const size_t limit = std::max<size_t>(2, text.size() / 3);
  for (const Sweep& sweep : sweeps) {
    if (EditDistance(text, sweep.name) <= limit) near.insert(sweep.name);
    if (EditDistance(text, sweep.id) <= limit) near.insert(sweep.id);
    if (near.size() == kMostNamed) break;
  }
  const std::string hint = near.empty()
                               ? "`ffctl sweep list` shows all"
                               : absl::StrCat("did you mean ", absl::StrJoin(near, ", "), "?");
  return absl::NotFoundError(absl::StrCat("no sweep '", text, "'; ", hint));
}

absl::Status NoExperiment(storage::View& view, const std::string& sweep_id,
                          const std::string& text) {
  // Ids are hashes: a near one shares the first digits, or is a digit away.
  std::set<std::string> near;
  if (!sweep_id.empty()) {
    storage::ExperimentFilter filter;
    filter.sweep_id = sweep_id;
    FF_TRY_ASSIGN(const auto all, view.ListFacts(filter));
    for (const storage::ExperimentFacts& facts : all) {
      const std::string start = facts.id.substr(0, text.size());
      if (text.size() > 2 && near.size() < kMostNamed && EditDistance(start, text) <= 2) {
        near.insert(facts.id);
      }
    }
  }
  return absl::NotFoundError(absl::StrCat(
      "no experiment '", text, "'", sweep_id.empty() ? "" : absl::StrCat(" in sweep ", sweep_id),
      near.empty() ? "; `ffctl experiment list` shows all"
                   : absl::StrCat("; did you mean ", absl::StrJoin(near, ", "), "?")));
}

}  // namespace

absl::Status CheckVersion(const Sweep& sweep, int64_t if_version) {
  if (if_version == 0 || if_version == sweep.version) return absl::OkStatus();
  return absl::AbortedError(
      absl::StrCat("sweep ", sweep.id, " has changed: it is at version ", sweep.version, ", not ",
                   if_version, "; nothing was done. Look at it again (`ffctl sweep get ", sweep.id,
                   "`, `ffctl sweep events ", sweep.id, "`) and repeat with its version"));
}

size_t EditDistance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replace = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replace, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

absl::StatusOr<std::string> ResolveSweep(storage::View& view, const std::string& text) {
  FF_TRY_ASSIGN(const std::vector<Sweep> sweeps, view.ListSweeps());
  if (text.empty()) return absl::InvalidArgumentError("which sweep? Name one, or \"@latest\"");
  if (text == "@latest" && !sweeps.empty()) return sweeps.front().id;
  std::vector<std::string> named, begun;
  for (const Sweep& sweep : sweeps) {
    if (sweep.id == text) return sweep.id;
    if (sweep.name == text) named.push_back(Described(sweep));
    if (absl::StartsWith(sweep.id, text)) begun.push_back(Described(sweep));
  }
  const std::vector<std::string>& found = named.empty() ? begun : named;
  if (found.empty()) return NoSweep(text, sweeps);
  if (found.size() > 1) return Ambiguous("sweep", text, found);
  return found.front().substr(0, found.front().find(' '));
}

absl::StatusOr<storage::ExperimentFacts> ResolveExperiment(storage::View& view,
                                                           const std::string& sweep,
                                                           const std::string& experiment) {
  if (experiment.empty()) return absl::InvalidArgumentError("which experiment? Name one by its id");
  std::string sweep_id;
  if (!sweep.empty()) {
    FF_TRY_ASSIGN(sweep_id, ResolveSweep(view, sweep));
  }
  FF_TRY_ASSIGN(std::vector<storage::ExperimentFacts> found,
                view.FindExperiments(sweep_id, experiment, 100));
  if (found.empty()) return NoExperiment(view, sweep_id, experiment);
  std::vector<std::string> ids;
  for (const storage::ExperimentFacts& facts : found) {
    if (facts.id == experiment) return facts;  // the newest sweep's comes first
    if (std::find(ids.begin(), ids.end(), facts.id) == ids.end()) ids.push_back(facts.id);
  }
  if (ids.size() > 1) return Ambiguous("experiment", experiment, ids);
  return found.front();
}

}  // namespace ff::coordinator
