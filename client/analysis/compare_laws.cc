#include "client/analysis/compare_laws.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/print/numbers.h"
#include "nlohmann/json.hpp"
#include "server/analysis/predict_all.h"
#include "server/scaling/law_diagnostics.h"
#include "server/scaling/law_fit.h"

namespace ff::client {
namespace {

using Json = nlohmann::ordered_json;

bool IsSet(const Interval& interval) { return interval.low != interval.high; }

Cell Value(double value) { return {Shortest(value, 5), Exact(value)}; }

void AddRows(const std::string& approach, const std::vector<LawComparison>& rows, Table* table) {
  for (const LawComparison& row : rows) {
    const bool known = IsSet(row.difference_ci);
    table->Add({approach, row.quantity, Value(row.a), Value(row.b), Value(row.difference),
                known ? absl::StrCat(Shortest(row.difference_ci.low, 4), " .. ",
                                     Shortest(row.difference_ci.high, 4))
                      : "-",
                std::isfinite(row.probability_differ)
                    ? Cell(absl::StrCat(Fixed(100 * row.probability_differ, 1), " %"),
                           Exact(row.probability_differ))
                    : Cell("-")});
  }
}

Json Number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json Rows(const std::vector<LawComparison>& rows) {
  if (rows.empty()) return nullptr;
  Json list = Json::array();
  for (const LawComparison& row : rows) {
    list.push_back({{"quantity", row.quantity},
                    {"a", Number(row.a)},
                    {"b", Number(row.b)},
                    {"difference", Number(row.difference)},
                    {"difference_ci", IsSet(row.difference_ci)
                                          ? Json{row.difference_ci.low, row.difference_ci.high}
                                          : Json(nullptr)},
                    {"probability_differ", Number(row.probability_differ)}});
  }
  return list;
}

Json Side(const NamedAnalysis& side) {
  const Analysis& analysis = *side.analysis;
  return {{"name", side.name},
          {"used_runs", analysis.used_runs},
          {"surface", analysis.surface ? Json(scaling::LawFormula(*analysis.surface)) : Json()},
          {"isoflop", analysis.HasProfiles() ? Json(analysis.fit.n_opt.formula) : Json()}};
}

}  // namespace

LawsCompared CompareAnalyses(const NamedAnalysis& a, const NamedAnalysis& b, double target_flops) {
  LawsCompared out;
  out.target_flops = target_flops > 0 ? target_flops
                                      : 10 * std::max(analysis::LargestCompute(*a.analysis),
                                                      analysis::LargestCompute(*b.analysis));
  const auto note_missing = [&](const std::string& approach, bool in_a, bool in_b) {
    for (const auto& [has, side] : {std::pair(in_a, &a), std::pair(in_b, &b)}) {
      if (!has) out.notes.push_back(absl::StrCat(approach, ": ", side->name, " has none"));
    }
  };
  const Analysis &first = *a.analysis, &second = *b.analysis;
  note_missing("surface", first.surface.has_value(), second.surface.has_value());
  note_missing("isoflop", first.HasProfiles(), second.HasProfiles());
  if (first.surface && second.surface) {
    if (first.surface->family != second.surface->family) {
      out.notes.push_back("surface: the two are laws of different families");
    }
    out.surface = scaling::CompareLaws(*first.surface, *second.surface, out.target_flops);
  }
  if (first.HasProfiles() && second.HasProfiles()) {
    out.isoflop = scaling::CompareFits(first.fit, second.fit, out.target_flops);
  }
  return out;
}

Table ComparisonTable(const NamedAnalysis& a, const NamedAnalysis& b,
                      const LawsCompared& compared) {
  Table table({{"BY"},
               {"QUANTITY"},
               {a.name, Align::kRight},
               {b.name, Align::kRight},
               {"DIFFERENCE", Align::kRight},
               {"INTERVAL"},
               {"P(DIFFER)", Align::kRight}});
  AddRows("surface", compared.surface, &table);
  AddRows("isoflop", compared.isoflop, &table);
  return table;
}

std::string ComparisonJson(const NamedAnalysis& a, const NamedAnalysis& b,
                           const LawsCompared& compared) {
  const Json object = {{"a", Side(a)},
                       {"b", Side(b)},
                       {"flops_c", compared.target_flops},
                       {"surface", Rows(compared.surface)},
                       {"isoflop", Rows(compared.isoflop)},
                       {"notes", compared.notes}};
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ff::client
