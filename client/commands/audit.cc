// ffctl audit: who changed what.
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/print_list.h"
#include "client/commands/support.h"
#include "client/print/words.h"

namespace ff::client {
namespace {

constexpr int kRows = 50;

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  int limit = kRows;
  if (arguments.Has("limit") && (!absl::SimpleAtoi(arguments.Get("limit"), &limit) || limit < 1)) {
    return absl::InvalidArgumentError("--limit is a number of rows");
  }
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  v1::ListAuditRequest request;
  request.set_limit(limit);
  request.set_who(arguments.Get("who"));
  return PrintWatched(session, arguments, [&](Session& s) -> absl::Status {
    const auto response = (*client)->ListAudit(request);
    if (!response.ok()) return response.status();
    Table table(
        {{"TIME"}, {"WHO"}, {"ROLE"}, {"FROM"}, {"ACTION"}, {"SUBJECT"}, {"OUTCOME"}, {"TRACE"}});
    std::vector<std::string> names;
    for (const v1::AuditEntry& one : response->entries()) {
      table.Add({LocalTime(one.time()), one.who(), one.role(),
                 absl::StrCat(one.door(), " ", one.peer()), one.action(), one.subject(),
                 one.outcome(), one.trace_id().substr(0, 8)});
      names.push_back(absl::StrCat(one.seq()));
    }
    return PrintList(s, arguments, {&*response, table, names, "nothing was changed yet"});
  });
}

}  // namespace

Command AuditCommand() {
  return {.noun = "audit",
          .summary = "List changes, newest first: who, when, from where, and what came of it",
          .flags = With({{"--who", "NAME", "of one token or worker", false, {}},
                         {"--limit", "ROWS", "at most so many; default 50", false, {}}},
                        ListFlags()),
          .examples = {"ffctl audit --who ann"},
          .run = Run};
}

}  // namespace ff::client
