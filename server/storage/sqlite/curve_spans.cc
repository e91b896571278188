// Long curves kept thinned beside their measurements: see curve_spans in the schema.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/session.h"

namespace ff::storage {
namespace {

// With fewer measurements a curve is read as it is.
constexpr int64_t kFewest = 4096;
constexpr int64_t kFineSpans = 1024;
constexpr int64_t kCoarser = 8;  // fine spans in a coarse one

int64_t FineWidth(int64_t steps) {
  int64_t width = 1;
  while (width * kFineSpans < steps) width *= 2;
  return width;
}

// What a curve's x axes need of a plan: tokens and FLOP grow with the steps.
struct PlanTotals {
  int64_t key = 0, steps = 0, log_every = 1;
  double tokens_a_step = 0, flops_a_step = 0;
  bool Spanned(const std::string& kind) const {
    return kind == "train" && steps / std::max<int64_t>(log_every, 1) >= kFewest;
  }
};

constexpr char kTotals[] =
    "SELECT e.key, e.steps, coalesce(CAST(json_extract(e.plan, '$.log_every') AS INTEGER), 1),"
    " e.tokens * 1.0 / max(e.steps, 1), e.flops / max(e.steps, 1) FROM experiments e";

bool ReadTotals(Statement& row, PlanTotals* totals) {
  if (!row.Next()) return false;
  totals->key = row.Int();
  totals->steps = row.Int();
  totals->log_every = row.Int();
  totals->tokens_a_step = row.Real();
  totals->flops_a_step = row.Real();
  return true;
}

struct Point {
  int64_t step = 0;
  double loss = 0, seconds = 0;
};
struct Span {
  Point low, high, last;
};

void Widen(const Point& point, bool first, Span* span) {
  // A loss that is not a number is the most extreme there is.
  if (first || point.loss < span->low.loss) span->low = point;
  if (first || std::isnan(point.loss) || point.loss > span->high.loss) span->high = point;
  span->last = point;
}

Point ReadPoint(Statement& row) {
  Point point;
  point.step = row.Int();
  point.loss = row.Real();
  point.seconds = row.Real();
  return point;
}

Span ReadSpan(Statement& row) {
  Span span;
  span.low = ReadPoint(row);
  span.high = ReadPoint(row);
  span.last = ReadPoint(row);
  return span;
}

constexpr char kSpanColumns[] =
    " low_step, low_loss, low_seconds, high_step, high_loss, high_seconds,"
    " last_step, last_loss, last_seconds";

absl::Status PutSpan(Connection& db, int64_t experiment, const std::string& kind, int64_t width,
                     int64_t index, const Span& span) {
  Statement put(db,
                absl::StrCat("INSERT OR REPLACE INTO curve_spans (experiment, kind, width, span,",
                             kSpanColumns, ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  put.Bind(experiment, kind, width, index);
  for (const Point& p : {span.low, span.high, span.last}) put.Bind(p.step, p.loss, p.seconds);
  return put.Run();
}

absl::Status MakeCoarse(Connection& db, int64_t experiment, const std::string& kind, int64_t width,
                        int64_t index) {
  Statement row(db, absl::StrCat("SELECT", kSpanColumns,
                                 " FROM curve_spans WHERE experiment = ? AND kind = ?"
                                 " AND width = ? AND span BETWEEN ? AND ? ORDER BY span"));
  row.Bind(experiment, kind, width, index * kCoarser, (index + 1) * kCoarser - 1);
  Span span;
  bool first = true;
  while (row.Next()) {
    const Span fine = ReadSpan(row);
    if (first) span = fine;
    if (fine.low.loss < span.low.loss) span.low = fine.low;
    if (std::isnan(fine.high.loss) || fine.high.loss > span.high.loss) span.high = fine.high;
    span.last = fine.last;
    first = false;
  }
  if (!row.status().ok() || first) return row.status();
  return PutSpan(db, experiment, kind, width * kCoarser, index, span);
}

Measurement MeasurementOf(const Point& point, const std::string& kind, const PlanTotals& totals) {
  Measurement m;
  m.kind = kind;
  m.step = point.step;
  m.tokens = static_cast<int64_t>(static_cast<double>(point.step) * totals.tokens_a_step);
  m.flops = static_cast<double>(point.step) * totals.flops_a_step;
  m.loss = point.loss;
  m.seconds = point.seconds;
  return m;
}

Point PointOf(const Measurement& m) { return {m.step, m.loss, m.seconds}; }

}  // namespace

// What lies behind all that the span knows only widens it; else (a later attempt replaces points)
// it is made anew from the measurements.
absl::Status Session::MakeFineSpan(int64_t experiment, const std::string& kind, int64_t width,
                                   int64_t index, const std::vector<Measurement>& added) {
  Statement row(*db_, absl::StrCat("SELECT", kSpanColumns,
                                   " FROM curve_spans WHERE experiment = ? AND kind = ?"
                                   " AND width = ? AND span = ?"));
  row.Bind(experiment, kind, width, index);
  bool first = !row.Next();
  Span span;
  if (!first) span = ReadSpan(row);
  if (!row.status().ok()) return row.status();
  std::vector<Measurement> points;
  for (const Measurement& m : added) {
    if (m.kind == kind && (m.step - 1) / width == index && m.step > 0) points.push_back(m);
  }
  const bool behind = std::all_of(points.begin(), points.end(), [&](const Measurement& m) {
    return first || m.step > span.last.step;
  });
  if (!behind) {
    absl::StatusOr<std::vector<Measurement>> all =
        PointsBetween(experiment, kind, index * width + 1, (index + 1) * width);
    if (!all.ok()) return all.status();
    points = *std::move(all);
    first = true;
  }
  std::sort(points.begin(), points.end(),
            [](const Measurement& a, const Measurement& b) { return a.step < b.step; });
  for (const Measurement& m : points) {
    Widen(PointOf(m), first, &span);
    first = false;
  }
  return first ? absl::OkStatus() : PutSpan(*db_, experiment, kind, width, index, span);
}

absl::Status Session::UpdateCurveSpans(int64_t experiment,
                                       const std::vector<Measurement>& measurements) {
  Statement row(*db_, absl::StrCat(kTotals, " WHERE e.key = ?"));
  row.Bind(experiment);
  PlanTotals totals;
  if (!ReadTotals(row, &totals)) return row.status();
  const int64_t width = FineWidth(totals.steps);
  std::map<std::string, std::set<int64_t>> touched;  // fine spans, by kind
  for (const Measurement& m : measurements) {
    if (totals.Spanned(m.kind) && m.step > 0) touched[m.kind].insert((m.step - 1) / width);
  }
  for (const auto& [kind, spans] : touched) {
    std::set<int64_t> coarse;
    for (const int64_t span : spans) {
      auto made = MakeFineSpan(experiment, kind, width, span, measurements);
      if (!made.ok()) return made;
      coarse.insert(span / kCoarser);
    }
    for (const int64_t span : coarse) {
      if (auto made = MakeCoarse(*db_, experiment, kind, width, span); !made.ok()) return made;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Measurement>> Session::ListCurve(const CurveQuery& query) {
  Statement facts(
      *db_, absl::StrCat(kTotals, " JOIN sweeps s ON s.key = e.sweep WHERE s.id = ? AND e.id = ?"));
  facts.Bind(query.sweep_id, query.id);
  PlanTotals totals;
  if (!ReadTotals(facts, &totals)) {
    return facts.status().ok() ? absl::NotFoundError(absl::StrCat("no experiment ", query.id))
                               : facts.status();
  }
  const int64_t from = std::max<int64_t>(query.from_step, 1);
  const int64_t to = query.to_step > 0 ? query.to_step : std::max<int64_t>(totals.steps, 1) * 2;
  std::vector<Measurement> curve;
  // The coarsest width that still has half as many points as are wanted; three a span.
  const int64_t fine = FineWidth(totals.steps);
  const int64_t last = std::min(to, totals.steps);
  for (const int64_t width : {fine * kCoarser, fine}) {
    const bool enough = last >= from && 6 * ((last - from) / width + 1) >= query.points;
    if (!totals.Spanned(query.kind) || !enough) continue;
    Statement row(*db_, absl::StrCat("SELECT", kSpanColumns,
                                     " FROM curve_spans WHERE experiment = ? AND kind = ?"
                                     " AND width = ? AND span BETWEEN ? AND ? ORDER BY span"));
    row.Bind(totals.key, query.kind, width, (from - 1) / width, (to - 1) / width);
    while (row.Next()) {
      const Span span = ReadSpan(row);
      std::vector<Point> points = {span.low, span.high, span.last};
      std::sort(points.begin(), points.end(),
                [](const Point& a, const Point& b) { return a.step < b.step; });
      for (size_t i = 0; i < points.size(); ++i) {
        if (i > 0 && points[i].step == points[i - 1].step) continue;
        curve.push_back(MeasurementOf(points[i], query.kind, totals));
      }
    }
    if (!row.status().ok()) return row.status();
    if (!curve.empty()) return curve;
    break;  // stored before there were spans
  }
  absl::StatusOr<std::vector<Measurement>> points = PointsBetween(totals.key, query.kind, from, to);
  if (!points.ok()) return points.status();
  for (const Measurement& m : *points) {
    curve.push_back(MeasurementOf(PointOf(m), query.kind, totals));
  }
  return curve;
}

absl::StatusOr<int64_t> Session::LastSeq(const std::string& sweep_id, const std::string& id) {
  Statement row(*db_,
                "SELECT coalesce(max(last_seq), 0) FROM measurement_batches WHERE experiment ="
                " (SELECT e.key FROM experiments e JOIN sweeps s ON s.key = e.sweep"
                " WHERE s.id = ? AND e.id = ?)");
  row.Bind(sweep_id, id);
  const int64_t seq = row.Next() ? row.Int() : 0;
  if (!row.status().ok()) return row.status();
  return seq;
}

}  // namespace ff::storage
