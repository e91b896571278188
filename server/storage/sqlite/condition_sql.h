// A condition over experiments as SQL, with its values apart: what people type never becomes part
// of a statement. Over the tables e (experiments), r (results) and a (the attempt under way),
// the last two joined from the left. Pure.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "server/filter/condition.h"
#include "server/storage/sqlite/statement.h"

namespace ff::storage {

struct ConditionSql {
  std::string text;
  std::vector<std::variant<double, std::string>> values;
};

// Fields must be of filter::ExperimentFields().
ConditionSql SqlOf(const filter::Condition& condition);

// " ORDER BY ..." of one field, absent values last whichever way, equal ones by plan.
std::string OrderSql(const std::string& field, bool down);

void BindValues(Statement& statement, const ConditionSql& sql);

}  // namespace ff::storage
