// The one table of who may call what: every RPC ("SweepService.GetSweep") and every route that is
// no RPC as well ("GET /healthz"). A route that stands for an RPC has the RPC's rule. What is not
// in the table is refused to everybody; a test walks all RPCs and routes. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/access/role.h"

namespace ff::access {

struct Rule {
  const char* action;
  RoleSet roles;
  bool open = false;    // without credentials too
  bool change = false;  // goes into the audit log
};

const std::vector<Rule>& Rules();

// Null: there is none.
const Rule* FindRule(absl::string_view action);

}  // namespace ff::access
