#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/filter.h"
#include "server/storage/sqlite/json_text.h"
#include "server/storage/sqlite/session.h"
#include "server/storage/sqlite/words.h"

namespace ff::storage {
namespace {

constexpr char kColumns[] =
    "SELECT s.id, e.id, e.state, s.state, e.epoch, e.failures, e.current_attempt, e.home_worker,"
    " e.flops, e.ordinal, e.losses, e.memory_failures, e.not_before, e.device, e.memory_bytes";
constexpr char kFrom[] = " FROM experiments e JOIN sweeps s ON s.key = e.sweep";

// Two sweeps may have the same experiment; it is not trained twice at once.
constexpr char kCanBeLeased[] =
    " e.state = 'waiting' AND (e.not_before <= ? OR e.not_before > ?) AND (e.memory_bytes <= ? OR "
    "? = 0)"
    " AND (e.device IN ('', 'auto') OR e.device IN (SELECT value FROM json_each(?)))"
    " AND (? = '[]' OR e.mode IN (SELECT value FROM json_each(?)))"
    " AND NOT EXISTS (SELECT 1 FROM experiments twin INDEXED BY experiments_by_id"
    "   WHERE twin.id = e.id AND twin.state IN ('leased', 'running'))";

void BindCanBeLeased(Statement& row, const CandidateFilter& filter) {
  const int64_t now =
      filter.now == absl::InfiniteFuture() ? INT64_MAX : absl::ToUnixMicros(filter.now);
  const std::string modes = WordsToJson(filter.modes);
  const absl::Time beyond = filter.now + filter.longest_pause;
  const int64_t latest = beyond == absl::InfiniteFuture() ? INT64_MAX : absl::ToUnixMicros(beyond);
  row.Bind(now, latest, filter.memory_bytes, filter.memory_bytes, WordsToJson(filter.device_kinds),
           modes, modes);
}

}  // namespace

absl::StatusOr<std::vector<ExperimentFacts>> Session::ReadFacts(Statement& row) {
  std::vector<ExperimentFacts> facts;
  while (row.Next()) {
    ExperimentFacts& f = facts.emplace_back();
    f.sweep_id = row.Text();
    f.id = row.Text();
    f.state = ExperimentStateOf(row.Text());
    f.sweep_state = SweepStateOf(row.Text());
    f.epoch = row.Int();
    f.failures = static_cast<int>(row.Int());
    f.current_attempt = row.Int();
    f.home_worker = row.Text();
    f.flops = row.Real();
    f.ordinal = static_cast<int>(row.Int());
    f.losses = static_cast<int>(row.Int());
    f.memory_failures = static_cast<int>(row.Int());
    const int64_t pause = row.Int();
    if (pause > 0) f.not_before = absl::FromUnixMicros(pause);
    f.device = row.Text();
    f.memory_bytes = row.Real();
  }
  if (!row.status().ok()) return row.status();
  return facts;
}

absl::StatusOr<ExperimentFacts> Session::GetFacts(const std::string& sweep_id,
                                                  const std::string& id) {
  Statement row(*db_, absl::StrCat(kColumns, kFrom, " WHERE s.id = ? AND e.id = ?"));
  row.Bind(sweep_id, id);
  absl::StatusOr<std::vector<ExperimentFacts>> found = ReadFacts(row);
  if (!found.ok()) return found.status();
  if (found->empty()) {
    return absl::NotFoundError(absl::StrCat("no experiment ", id, " in sweep ", sweep_id));
  }
  return std::move(found->front());
}

absl::StatusOr<std::vector<ExperimentFacts>> Session::FindExperiments(const std::string& sweep_id,
                                                                      const std::string& prefix,
                                                                      int limit) {
  // A range, not LIKE: the ids' index answers it and no character is special.
  Statement row(*db_, absl::StrCat(kColumns, kFrom, " WHERE e.id >= ? AND e.id < ?",
                                   sweep_id.empty() ? "" : " AND s.id = ?",
                                   " ORDER BY s.key DESC, e.ordinal LIMIT ", limit));
  row.Bind(prefix, prefix + "\xff");
  if (!sweep_id.empty()) row.Bind(sweep_id);
  return ReadFacts(row);
}

absl::StatusOr<std::vector<ExperimentFacts>> Session::ListFacts(const ExperimentFilter& filter) {
  Statement row(*db_, absl::StrCat(kColumns, kFrom, WhereOf(filter), PageOf(filter)));
  BindFilter(row, filter);
  return ReadFacts(row);
}

absl::StatusOr<std::vector<ExperimentFacts>> Session::ListCandidates(
    const std::string& sweep_id, const CandidateFilter& filter) {
  constexpr char kBestFirst[] = " ORDER BY e.flops DESC, e.ordinal LIMIT ?";
  // Without the hint every waiting experiment of the sweep would be looked at.
  Statement own(*db_, absl::StrCat(kColumns,
                                   " FROM experiments e INDEXED BY experiments_at_home"
                                   " JOIN sweeps s ON s.key = e.sweep"
                                   " WHERE s.id = ? AND e.home_worker = ? AND"
                                   " e.home_worker <> '' AND",
                                   kCanBeLeased, kBestFirst));
  own.Bind(sweep_id, filter.worker_id);
  BindCanBeLeased(own, filter);
  own.Bind(filter.limit);
  absl::StatusOr<std::vector<ExperimentFacts>> facts = ReadFacts(own);
  if (!facts.ok()) return facts;
  const int left = filter.limit - static_cast<int>(facts->size());
  if (left <= 0) return facts;
  // The index has them in this order: no more are read than are asked for.
  Statement others(*db_, absl::StrCat(kColumns,
                                      " FROM sweeps s CROSS JOIN experiments e"
                                      " INDEXED BY experiments_waiting ON e.sweep = s.key"
                                      " WHERE s.id = ? AND e.home_worker <> ? AND",
                                      kCanBeLeased, kBestFirst));
  others.Bind(sweep_id, filter.worker_id);
  BindCanBeLeased(others, filter);
  others.Bind(left);
  absl::StatusOr<std::vector<ExperimentFacts>> rest = ReadFacts(others);
  if (!rest.ok()) return rest;
  facts->insert(facts->end(), rest->begin(), rest->end());
  return facts;
}

absl::StatusOr<std::vector<ExperimentFacts>> Session::WaitingTwins(const std::string& sweep_id,
                                                                   const std::string& id) {
  Statement row(
      *db_, absl::StrCat(kColumns, kFrom,
                         " WHERE e.id = ? AND s.id <> ? AND e.state = 'waiting' AND NOT s.no_cache"
                         " ORDER BY s.key"));
  row.Bind(id, sweep_id);
  return ReadFacts(row);
}

}  // namespace ff::storage
