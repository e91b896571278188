// Two laws side by side: `ffctl analyze --compare A B`. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "client/print/table.h"
#include "server/domain/analysis.h"

namespace ff::client {

struct NamedAnalysis {
  std::string name;
  const Analysis* analysis = nullptr;
};

struct LawsCompared {
  double target_flops = 0;
  std::vector<LawComparison> surface, isoflop;  // empty: one of the two has no such law
  std::vector<std::string> notes;
};

// `target_flops` 0: ten times the larger of their largest budgets.
LawsCompared CompareAnalyses(const NamedAnalysis& a, const NamedAnalysis& b, double target_flops);

// A row a quantity: both values, difference, its interval, probability that they differ.
Table ComparisonTable(const NamedAnalysis& a, const NamedAnalysis& b, const LawsCompared& compared);

// {"a": {"name", "formula", "used_runs"}, "b": ..., "flops_c", "surface": [...], "isoflop": [...],
//  "notes": [...]}
std::string ComparisonJson(const NamedAnalysis& a, const NamedAnalysis& b,
                           const LawsCompared& compared);

}  // namespace ff::client
