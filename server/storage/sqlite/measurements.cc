#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/packed_points.h"
#include "server/storage/sqlite/session.h"

namespace ff::storage {
namespace {

struct Batch {
  int64_t last_seq = 0, attempt = 0, first_step = 0, last_step = 0;
  std::string packed;
};

absl::StatusOr<std::vector<Batch>> ReadBatches(Statement& row) {
  std::vector<Batch> batches;
  while (row.Next()) {
    Batch& batch = batches.emplace_back();
    batch.last_seq = row.Int();
    batch.attempt = row.Int();
    batch.first_step = row.Int();
    batch.last_step = row.Int();
    batch.packed = row.Text();
  }
  if (!row.status().ok()) return row.status();
  std::sort(batches.begin(), batches.end(),
            [](const Batch& a, const Batch& b) { return a.last_seq < b.last_seq; });
  return batches;
}

// Of the same kind and step the newest attempt's point stays. `attempts`: of each point.
void KeepNewest(const std::vector<int64_t>& attempts, std::vector<Measurement>* points) {
  std::vector<std::tuple<bool, int64_t, int64_t, size_t>> order;  // newest attempt first
  for (size_t i = 0; i < points->size(); ++i) {
    order.emplace_back((*points)[i].kind == "eval", (*points)[i].step, -attempts[i], i);
  }
  std::sort(order.begin(), order.end());
  std::vector<bool> kept(points->size(), true);
  for (size_t i = 1; i < order.size(); ++i) {
    const auto& [kind, step, attempt, at] = order[i];
    const auto& [kind_before, step_before, attempt_before, at_before] = order[i - 1];
    if (kind == kind_before && step == step_before) kept[at] = false;
  }
  size_t left = 0;
  for (size_t i = 0; i < points->size(); ++i) {
    if (kept[i]) std::swap((*points)[left++], (*points)[i]);
  }
  points->resize(left);
}

// Steps of each kind grow.
bool InOrder(const std::vector<Measurement>& points) {
  int64_t last[2] = {-1, -1};
  for (const Measurement& m : points) {
    int64_t& before = last[m.kind == "eval" ? 1 : 0];
    if (m.step <= before) return false;
    before = m.step;
  }
  return true;
}

std::pair<int64_t, int64_t> StepsOf(const std::vector<Measurement>& points) {
  const auto [first, last] = std::minmax_element(
      points.begin(), points.end(),
      [](const Measurement& a, const Measurement& b) { return a.step < b.step; });
  return {first->step, last->step};
}

// The points of the batches that `row` selects, each step once: of several attempts the newest's.
absl::StatusOr<std::vector<Measurement>> PointsOf(Statement& row) {
  absl::StatusOr<std::vector<Batch>> batches = ReadBatches(row);
  if (!batches.ok()) return batches.status();
  std::vector<Measurement> points;
  std::vector<int64_t> attempts;
  for (const Batch& batch : *batches) {
    if (absl::Status s = UnpackPoints(batch.packed, batch.last_seq, &points); !s.ok()) return s;
    attempts.resize(points.size(), batch.attempt);
  }
  // Within an attempt no point is stored twice.
  const auto other = [&](int64_t attempt) { return attempt != attempts.front(); };
  if (std::any_of(attempts.begin(), attempts.end(), other)) KeepNewest(attempts, &points);
  return points;
}

}  // namespace

absl::StatusOr<std::vector<Measurement>> Session::ListMeasurements(const std::string& sweep_id,
                                                                   const std::string& id,
                                                                   int64_t after_seq) {
  Statement row(*db_,
                "SELECT last_seq, attempt, first_step, last_step, packed FROM measurement_batches"
                " WHERE experiment = (SELECT e.key FROM experiments e JOIN sweeps s"
                "   ON s.key = e.sweep WHERE s.id = ? AND e.id = ?) AND last_seq > ?");
  row.Bind(sweep_id, id, after_seq);
  absl::StatusOr<std::vector<Measurement>> points = PointsOf(row);
  if (!points.ok()) return points.status();
  std::erase_if(*points, [&](const Measurement& m) { return m.seq <= after_seq; });
  return points;
}

absl::StatusOr<std::vector<Measurement>> Session::PointsBetween(int64_t experiment,
                                                                const std::string& kind,
                                                                int64_t from, int64_t to) {
  Statement row(*db_,
                "SELECT last_seq, attempt, first_step, last_step, packed FROM measurement_batches"
                " WHERE experiment = ? AND last_step >= ? AND first_step <= ?");
  row.Bind(experiment, from, to);
  absl::StatusOr<std::vector<Measurement>> points = PointsOf(row);
  if (!points.ok()) return points.status();
  std::erase_if(*points, [&](const Measurement& m) {
    return m.kind != kind || m.step < from || m.step > to;
  });
  std::sort(points->begin(), points->end(),
            [](const Measurement& a, const Measurement& b) { return a.step < b.step; });
  return points;
}

absl::StatusOr<std::vector<Measurement>> Session::WithoutKnown(
    int64_t attempt_id, int64_t experiment, const std::vector<Measurement>& batch) {
  const auto [first, last] = StepsOf(batch);
  Statement row(*db_,
                "SELECT last_seq, attempt, first_step, last_step, packed FROM measurement_batches"
                " WHERE experiment = ? AND attempt >= ? AND last_step >= ? AND first_step <= ?");
  row.Bind(experiment, attempt_id, first, last);
  absl::StatusOr<std::vector<Batch>> batches = ReadBatches(row);
  if (!batches.ok()) return batches.status();
  std::vector<Measurement> there;
  for (const Batch& one : *batches) {
    if (absl::Status s = UnpackPoints(one.packed, one.last_seq, &there); !s.ok()) return s;
  }
  std::set<std::pair<bool, int64_t>> known;
  for (const Measurement& m : there) known.emplace(m.kind == "eval", m.step);
  std::vector<Measurement> fresh;
  for (const Measurement& m : batch) {
    if (known.emplace(m.kind == "eval", m.step).second) fresh.push_back(m);
  }
  return fresh;
}

absl::Status Session::AddMeasurements(int64_t attempt_id,
                                      const std::vector<Measurement>& measurements) {
  if (measurements.empty()) return absl::OkStatus();
  const auto [first, last] = StepsOf(measurements);
  Statement owner(*db_,
                  "SELECT a.experiment,"
                  " EXISTS (SELECT 1 FROM measurement_batches b WHERE b.experiment = a.experiment"
                  "   AND b.attempt = a.id AND b.last_step >= ?)"
                  " OR EXISTS (SELECT 1 FROM measurement_batches b"
                  "   WHERE b.experiment = a.experiment AND b.attempt > a.id)"
                  " FROM attempts a WHERE a.id = ?");
  owner.Bind(first, attempt_id);
  if (!owner.Next()) {
    return owner.status().ok() ? absl::NotFoundError(absl::StrCat("no attempt ", attempt_id))
                               : owner.status();
  }
  const int64_t experiment = owner.Int();
  const bool perhaps_known = owner.Bool() || !InOrder(measurements);
  const std::vector<Measurement>* batch = &measurements;
  absl::StatusOr<std::vector<Measurement>> fresh;
  if (perhaps_known) {
    fresh = WithoutKnown(attempt_id, experiment, measurements);
    if (!fresh.ok()) return fresh.status();
    if (fresh->empty()) return absl::OkStatus();
    batch = &*fresh;
  }
  Statement insert(*db_,
                   "INSERT INTO measurement_batches (last_seq, experiment, attempt, first_step,"
                   " last_step, count, packed) VALUES"
                   " ((SELECT max(coalesce(max(last_seq), 0), coalesce((SELECT value FROM counters"
                   "   WHERE name = 'measurements'), 0)) + ? FROM measurement_batches),"
                   " ?, ?, ?, ?, ?, ?)");
  const auto count = static_cast<int64_t>(batch->size());
  const auto [from, to] = perhaps_known ? StepsOf(*batch) : std::pair(first, last);
  insert.Bind(count, experiment, attempt_id, from, to, count).BindBlob(PackPoints(*batch));
  if (absl::Status status = insert.Run(); !status.ok()) return status;
  return UpdateCurveSpans(experiment, *batch);
}

}  // namespace ff::storage
