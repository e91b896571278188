#include "absl/strings/str_cat.h"
#include "server/coordinator/coordinator.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {

absl::StatusOr<Logs> Coordinator::GetLogs(const std::string& sweep, const std::string& experiment,
                                          int64_t attempt_id) {
  Logs logs;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(const auto facts, ResolveExperiment(view, sweep, experiment));
    FF_TRY_ASSIGN(const auto attempts, view.ListAttempts(facts.sweep_id, facts.id));
    if (attempts.empty()) {
      return absl::NotFoundError(
          absl::StrCat("experiment ", facts.id, " has no log: no attempt at it was made yet"));
    }
    logs.attempt_id = attempt_id == 0 ? attempts.back().id : 0;
    for (const Attempt& attempt : attempts) {
      if (attempt.id == attempt_id) logs.attempt_id = attempt_id;
    }
    if (logs.attempt_id == 0) {
      return absl::NotFoundError(
          absl::StrCat("experiment ", facts.id, " has no attempt ", attempt_id));
    }
    FF_TRY_ASSIGN(logs.text, view.GetLog(logs.attempt_id));
    return absl::OkStatus();
  }));
  return logs;
}

}  // namespace ff::coordinator
