// The WHERE clause of an ExperimentFilter over "experiments e JOIN sweeps s". Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/storage/sqlite/condition_sql.h"
#include "server/storage/sqlite/statement.h"
#include "server/storage/sqlite/words.h"
#include "server/storage/store.h"

namespace ff::storage {

inline std::string WhereOf(const ExperimentFilter& filter) {
  std::string where = filter.sweep_id.empty() ? " WHERE true" : " WHERE s.id = ?";
  if (!filter.ids.empty()) {
    const std::vector<std::string> marks(filter.ids.size(), "?");
    absl::StrAppend(&where, " AND e.id IN (", absl::StrJoin(marks, ", "), ")");
  }
  if (filter.where) absl::StrAppend(&where, " AND (", SqlOf(*filter.where).text, ")");
  if (filter.states.empty()) return where;
  const auto quote = [](std::string* out, ExperimentState state) {
    absl::StrAppend(out, "'", WordOf(state), "'");
  };
  absl::StrAppend(&where, " AND e.state IN (", absl::StrJoin(filter.states, ", ", quote), ")");
  return where;
}

inline std::string PageOf(const ExperimentFilter& filter) {
  return absl::StrCat(OrderSql(filter.order_by, filter.down), " LIMIT ",
                      filter.limit > 0 ? filter.limit : -1, " OFFSET ", filter.offset);
}

inline void BindFilter(Statement& statement, const ExperimentFilter& filter) {
  if (!filter.sweep_id.empty()) statement.Bind(filter.sweep_id);
  for (const std::string& id : filter.ids) statement.Bind(id);
  if (filter.where) BindValues(statement, SqlOf(*filter.where));
}

}  // namespace ff::storage
