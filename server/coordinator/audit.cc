// AccessControl: the audit log.
#include "absl/strings/str_cat.h"
#include "server/access/role.h"
#include "server/access/token.h"
#include "server/coordinator/access_control.h"
#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

constexpr size_t kMostText = 500;
constexpr int kRows = 1000;

// What callers choose is bounded, and a token that was given by mistake is not kept.
std::string Kept(const std::string& text) {
  return access::LooksLikeToken(text) ? "(a token)" : text.substr(0, kMostText);
}

}  // namespace

absl::StatusOr<int64_t> AccessControl::BeginChange(const access::Caller& caller,
                                                   const std::string& action,
                                                   const std::string& subject) {
  const AuditEntry entry = {0,           clock_(),       caller.name, access::RoleName(caller.role),
                            caller.door, caller.peer,    action,      Kept(subject),
                            "begun",     caller.trace_id};
  int64_t seq = 0;
  FF_TRY(store_->Write([&](storage::Transaction& tx) -> absl::Status {
    FF_TRY_ASSIGN(seq, tx.AddAudit(entry));
    return absl::OkStatus();
  }));
  return seq;
}

void AccessControl::EndChange(int64_t seq, const absl::Status& outcome) {
  const std::string text =
      outcome.ok()
          ? "OK"
          : Kept(absl::StrCat(absl::StatusCodeToString(outcome.code()), ": ", outcome.message()));
  // An entry that stays "begun" tells as much: the change may have been made.
  (void)store_->Write([&](storage::Transaction& tx) { return tx.SetAuditOutcome(seq, text); });
}

absl::StatusOr<std::vector<AuditEntry>> AccessControl::ListAudit(const AuditQuery& query) {
  if (query.limit < 0) return absl::InvalidArgumentError("limit must not be negative");
  std::vector<AuditEntry> entries;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(entries, view.ListAudit({query.after_seq, query.limit > 0 ? query.limit : kRows,
                                           query.oldest_first, query.who}));
    return absl::OkStatus();
  }));
  return entries;
}

}  // namespace ff::coordinator
