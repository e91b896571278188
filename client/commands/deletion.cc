#include "client/commands/deletion.h"

#include "absl/strings/str_cat.h"
#include "client/commands/support.h"

namespace ff::client {
namespace {

std::string Words(const v1::Deletion& what) {
  const std::string id = what.experiment_id().empty() ? what.sweep_id() : what.experiment_id();
  return absl::StrCat(
      what.experiment_id().empty() ? "sweep " : "experiment ", id, ": ",
      what.experiment_id().empty() ? Plural(what.experiments(), "experiment") + ", " : "",
      Plural(what.results(), "result"), ", ", Plural(what.attempts(), "attempt"), ", ",
      Plural(what.measurements(), "measurement"));
}

void Print(Session& session, const v1::Deletion& what) {
  const std::string id = what.experiment_id().empty() ? what.sweep_id() : what.experiment_id();
  Table table({{"ID"}, {"EXPERIMENTS"}, {"RESULTS"}, {"ATTEMPTS"}, {"MEASUREMENTS"}, {"DONE"}});
  table.Add({id, std::to_string(what.experiments()), std::to_string(what.results()),
             std::to_string(what.attempts()), std::to_string(what.measurements()),
             what.done() ? "yes" : "no"});
  (void)PrintForPrograms(session, what, table, {id});  // people read the note
}

}  // namespace

absl::StatusOr<Exit> Delete(Session& session, const Arguments& arguments, const std::string& name,
                            const std::string& next,
                            const std::function<absl::StatusOr<v1::Deletion>(bool dry_run)>& ask) {
  const absl::StatusOr<v1::Deletion> planned = ask(true);
  if (!planned.ok()) return SweepError(planned.status());
  if (IsDryRun(session, arguments, "delete " + Words(*planned))) {
    Print(session, *planned);
    return Exit::kOk;
  }
  const absl::Status confirmed =
      ConfirmByName(session, arguments, "deleting " + Words(*planned), name, next);
  if (!confirmed.ok()) return confirmed;
  const absl::StatusOr<v1::Deletion> gone = ask(false);
  if (!gone.ok()) return SweepError(gone.status());
  session.Note("deleted " + Words(*gone));
  Print(session, *gone);
  return Exit::kOk;
}

}  // namespace ff::client
