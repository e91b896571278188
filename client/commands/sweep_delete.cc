// ffctl sweep delete: all that there is of a sweep, for good.
#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/deletion.h"
#include "client/commands/support.h"
#include "client/print/text.h"

namespace ff::client {
namespace {

constexpr size_t kLongestTyped = 60;

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const absl::StatusOr<int64_t> if_version = IfVersion(arguments);
  if (!if_version.ok()) return if_version.status();
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  const absl::StatusOr<v1::Sweep> before = (*client)->GetSweep(arguments.words[0]);
  if (!before.ok()) return SweepError(before.status());
  v1::DeleteSweepRequest request;
  request.set_sweep(before->id());
  request.set_if_version(*if_version > 0 ? *if_version : before->version());
  request.set_by(session.Author(arguments.Get("reason")));
  // A name that is long or holds what no keyboard has is not to be typed.
  const bool typeable = before->name().size() <= kLongestTyped && !before->name().empty() &&
                        VisibleLine(before->name()) == before->name();
  return Delete(session, arguments, typeable ? before->name() : before->id(),
                absl::StrCat("ffctl sweep delete ", before->id(), " --yes"), [&](bool dry_run) {
                  request.set_dry_run(dry_run);
                  return (*client)->DeleteSweep(request);
                });
}

}  // namespace

Command SweepDeleteCommand() {
  return {.noun = "sweep",
          .verb = "delete",
          .summary = "Delete a sweep with its results, measurements, logs and laws",
          .words = "SWEEP",
          .min_words = 1,
          .max_words = 1,
          .flags = With({{"-y,--yes", "", "do not ask", false, {}}}, SweepChangeFlags()),
          .examples = {"ffctl sweep delete first --dry-run", "ffctl sweep rm 3f2a --yes"},
          .details =
              "One that is active, or of which something is being trained, is refused: cancel it\n"
              "first. Results that other sweeps took over stay theirs.",
          .run = Run,
          .answer = "Deletion"};
}

}  // namespace ff::client
