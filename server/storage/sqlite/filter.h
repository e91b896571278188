// The WHERE clause of an ExperimentFilter over "experiments e JOIN sweeps s". Pure.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/storage/sqlite/statement.h"
#include "server/storage/sqlite/words.h"
#include "server/storage/store.h"

namespace ff::storage {

inline std::string WhereOf(const ExperimentFilter& filter) {
  std::string where = filter.sweep_id.empty() ? " WHERE true" : " WHERE s.id = ?";
  if (filter.states.empty()) return where;
  const auto quote = [](std::string* out, ExperimentState state) {
    absl::StrAppend(out, "'", WordOf(state), "'");
  };
  absl::StrAppend(&where, " AND e.state IN (", absl::StrJoin(filter.states, ", ", quote), ")");
  return where;
}

inline std::string PageOf(const ExperimentFilter& filter) {
  return absl::StrCat(" ORDER BY s.key, e.ordinal LIMIT ", filter.limit > 0 ? filter.limit : -1,
                      " OFFSET ", filter.offset);
}

inline void BindFilter(Statement& statement, const ExperimentFilter& filter) {
  if (!filter.sweep_id.empty()) statement.Bind(filter.sweep_id);
}

}  // namespace ff::storage
