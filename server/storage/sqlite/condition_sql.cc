#include "server/storage/sqlite/condition_sql.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace ff::storage {
namespace {

using filter::Comparison;
using filter::Condition;

// What of the plan is in no column of its own.
std::string OfPlan(const char* path) {
  return absl::StrCat("CAST(json_extract(e.plan, '$.", path, "') AS REAL)");
}

const std::string& ColumnOf(const std::string& field) {
  static const auto* const kColumns = [] {
    const std::string n = absl::StrCat("coalesce(r.parameters, ", OfPlan("parameters"), ")");
    return new std::map<std::string, std::string>{
        {"id", "e.id"},
        {"state", "e.state"},
        {"ordinal", "e.ordinal"},
        {"budget", "e.budget_flops"},
        {"n", n},
        {"d", "e.tokens"},
        {"ratio", absl::StrCat("(e.tokens * 1.0 / nullif(", n, ", 0))")},
        {"lr", OfPlan("learning_rate")},
        {"batch", OfPlan("batch_size")},
        {"layers", OfPlan("shape.layers")},
        {"d_model", OfPlan("shape.d_model")},
        {"steps", "e.steps"},
        {"step", "a.step"},
        {"progress",
         "(CASE WHEN e.state = 'finished' THEN 1.0"
         " ELSE coalesce(a.step * 1.0 / nullif(e.steps, 0), 0.0) END)"},
        {"loss", "coalesce(r.final_val_loss, r.final_train_loss, nullif(a.last_loss, 0))"},
        {"val_loss", "r.final_val_loss"},
        {"train_loss", "r.final_train_loss"},
        {"seconds", "r.train_seconds"},
        {"speed", "a.tokens_per_second"},
        {"attempts", "e.epoch"},
        {"worker", "nullif(a.worker, '')"},
        {"device", "nullif(a.device, '')"},
        {"failure", "e.failure_kind"},
        {"message", "e.failure_message"}};
  }();
  static const auto* const kNone = new std::string("NULL");
  const auto found = kColumns->find(field);
  return found == kColumns->end() ? *kNone : found->second;
}

const char* SignOf(Comparison comparison) {
  switch (comparison) {
    case Comparison::kLess:
      return " < ?";
    case Comparison::kAtMost:
      return " <= ?";
    case Comparison::kMore:
      return " > ?";
    case Comparison::kAtLeast:
      return " >= ?";
    default:
      return " = ?";
  }
}

void Compare(const Condition& c, ConditionSql* sql) {
  const std::string& column = ColumnOf(c.field);
  for (const double number : c.numbers) sql->values.emplace_back(number);
  for (const std::string& text : c.texts) sql->values.emplace_back(text);
  const size_t count = c.numbers.size() + c.texts.size();
  switch (c.comparison) {
    case Comparison::kEqual:
    case Comparison::kNotEqual: {
      const std::vector<std::string> marks(count, "?");
      absl::StrAppend(&sql->text, column,
                      c.comparison == Comparison::kEqual ? " IN (" : " NOT IN (",
                      absl::StrJoin(marks, ", "), ")");
      return;
    }
    case Comparison::kContains:
    case Comparison::kLacks:
      absl::StrAppend(&sql->text, "instr(lower(", column, "), lower(?))",
                      c.comparison == Comparison::kContains ? " > 0" : " = 0");
      return;
    default:
      absl::StrAppend(&sql->text, column, SignOf(c.comparison));
  }
}

void Append(const Condition& c, ConditionSql* sql) {
  switch (c.kind) {
    case Condition::Kind::kNot:
      sql->text += "NOT (";
      Append(c.parts.front(), sql);
      sql->text += ")";
      return;
    case Condition::Kind::kAnd:
    case Condition::Kind::kOr:
      for (size_t i = 0; i < c.parts.size(); ++i) {
        sql->text += i == 0 ? "(" : c.kind == Condition::Kind::kAnd ? ") AND (" : ") OR (";
        Append(c.parts[i], sql);
      }
      sql->text += ")";
      return;
    case Condition::Kind::kIsNone:
    case Condition::Kind::kIsSome:
      absl::StrAppend(&sql->text, ColumnOf(c.field),
                      c.kind == Condition::Kind::kIsNone ? " IS NULL" : " IS NOT NULL");
      return;
    case Condition::Kind::kCompare:
      Compare(c, sql);
  }
}

}  // namespace

ConditionSql SqlOf(const Condition& condition) {
  ConditionSql sql;
  Append(condition, &sql);
  return sql;
}

std::string OrderSql(const std::string& field, bool down) {
  if (field.empty()) return " ORDER BY s.key, e.ordinal";
  return absl::StrCat(" ORDER BY ", ColumnOf(field), down ? " DESC" : " ASC",
                      " NULLS LAST, s.key, e.ordinal");
}

void BindValues(Statement& statement, const ConditionSql& sql) {
  for (const auto& value : sql.values) {
    std::visit([&](const auto& one) { statement.Bind(one); }, value);
  }
}

}  // namespace ff::storage
