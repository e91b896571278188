#include <utility>

#include "absl/strings/str_cat.h"
#include "server/coordinator/coordinator.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {

absl::StatusOr<Logs> Coordinator::GetLogs(const std::string& sweep, const std::string& experiment,
                                          const LogQuery& query) {
  Logs logs;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(const auto facts, ResolveExperiment(view, sweep, experiment));
    FF_TRY_ASSIGN(const auto attempts, view.ListAttempts(facts.sweep_id, facts.id));
    if (attempts.empty()) {
      return absl::NotFoundError(
          absl::StrCat("experiment ", facts.id, " has no log: no attempt at it was made yet"));
    }
    const Attempt* chosen = query.attempt_id == 0 ? &attempts.back() : nullptr;
    for (const Attempt& attempt : attempts) {
      if (attempt.id == query.attempt_id) chosen = &attempt;
    }
    if (chosen == nullptr) {
      return absl::NotFoundError(
          absl::StrCat("experiment ", facts.id, " has no attempt ", query.attempt_id));
    }
    logs.attempt_id = chosen->id;
    logs.ended = chosen->state != "leased" && chosen->state != "running";
    FF_TRY_ASSIGN(storage::LogPart part, view.ReadLog(chosen->id, query.from_byte, query.since));
    logs.text = std::move(part.text);
    logs.end_byte = part.end_byte;
    return absl::OkStatus();
  }));
  return logs;
}

}  // namespace ff::coordinator
