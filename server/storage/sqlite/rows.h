// Columns that more than one query reads, and the functions that read them, in order.
// The tables are aliased r (results) and a (attempts).
#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "server/domain/experiment.h"
#include "server/domain/sweep.h"
#include "server/storage/sqlite/statement.h"

namespace ff::storage {

inline constexpr char kResultColumns[] =
    "r.final_train_loss, r.final_val_loss, r.parameters, r.tokens, r.steps, r.flops,"
    " r.train_seconds, r.finished_at, r.imported, r.from_sweep, r.code_version";

// Follows "a.id".
inline constexpr char kAttemptColumns[] =
    "a.epoch, a.worker, a.incarnation, a.state, a.started_at, a.deadline, a.ended_at,"
    " a.failure_kind, a.failure_message, a.resumed_from_step, a.step, a.tokens_per_second,"
    " a.last_loss, a.device";

// Two columns: kind and message; none where the kind is NULL.
std::optional<Failure> ReadFailure(Statement& row);
Result ReadResult(Statement& row);
// a.id and kAttemptColumns; sweep_id and experiment_id stay empty.
Attempt ReadAttempt(Statement& row);
// Four columns: priority, weight, max_running, labels.
absl::StatusOr<SchedulingSpec> ReadScheduling(Statement& row);

}  // namespace ff::storage
