// ffctl down: stop the private worker and coordinator.
#include "absl/time/time.h"
#include "client/commands/all.h"
#include "client/commands/support.h"

namespace ff::client {
namespace {

// The worker gives its trainers trainers.stop_seconds (20) to write a checkpoint.
constexpr absl::Duration kPatience = absl::Seconds(40);

absl::StatusOr<Exit> Run(Session& session, const Arguments&) {
  const absl::StatusOr<bool> is_private = session.IsPrivate();
  if (!is_private.ok()) return is_private.status();
  if (!*is_private) {
    return Fail(absl::StatusCode::kInvalidArgument,
                "a remote coordinator is configured: it is not ffctl's to stop",
                "down stops what ffctl started by itself", "ffctl status");
  }
  const absl::StatusOr<LocalCoordinator*> local = session.Local();
  if (!local.ok()) return local.status();
  if (absl::Status status = (*local)->Down(kPatience); !status.ok()) return status;
  return Exit::kOk;
}

}  // namespace

Command DownCommand() {
  return {.noun = "down",
          .summary = "Stop the private worker and coordinator; nothing is lost",
          .details = "Running experiments write a checkpoint and go on when the pair is up again.",
          .run = Run};
}

}  // namespace ff::client
