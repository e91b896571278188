#include "server/domain/run_table.h"

namespace ff {

void KeepRows(const std::vector<bool>& keep, RunTable* table) {
  KeepWhere(keep, &table->run_id);
  for (auto* column : {&table->parameters, &table->tokens, &table->compute, &table->loss}) {
    KeepWhere(keep, column);
  }
  if (!table->budget.empty()) KeepWhere(keep, &table->budget);
  for (GroupColumn& group : table->groups) KeepWhere(keep, &group.codes);
}

}  // namespace ff
