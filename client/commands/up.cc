// ffctl up: start the private coordinator and worker, say what stands where.
#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/print/json.h"
#include "client/sweep_request.h"

namespace ff::client {
namespace {

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const absl::StatusOr<bool> is_private = session.IsPrivate();
  if (!is_private.ok()) return is_private.status();
  if (!*is_private) {
    return Fail(absl::StatusCode::kInvalidArgument,
                "a remote coordinator is configured: there is nothing to start here",
                "a flag, FFCTL_COORDINATOR, FFCTL_CONTEXT or the current context names it",
                "ffctl status   (or `ffctl context use none` for the private one)");
  }
  const absl::StatusOr<v1::FlopsFitConfig> config =
      ReadConfig(arguments, SplitWords(arguments.words).overrides, "worker");
  if (!config.ok()) return config.status();
  PairSettings settings = SettingsOf(*config);
  settings.must_train = true;
  const absl::StatusOr<CoordinatorClient*> client = session.Connect(settings);
  if (!client.ok()) return client.status();
  const absl::StatusOr<v1::Info> info = (*client)->GetInfo();
  if (!info.ok()) return info.status();
  const absl::StatusOr<LocalCoordinator*> local = session.Local();
  if (!local.ok()) return local.status();
  if (session.wants_data()) {
    session.PrintData(ToJson(*info));
    return Exit::kOk;
  }
  const StateFolder& folder = (*local)->folder();
  session.out() << "coordinator  " << (*client)->address() << "\n"
                << "dashboard    " << VisibleLine(DashboardUrl(info->http_address())) << "\n"
                << "state        " << folder.path << "\n"
                << "logs         " << folder.Log("coordinator") << ", " << folder.Log("worker")
                << "\n"
                << "stop with    ffctl down\n";
  return Exit::kOk;
}

}  // namespace

Command UpCommand() {
  return {.noun = "up",
          .summary = "Start the private coordinator and worker of this folder",
          .words = "[KEY=VALUE...]",
          .max_words = -1,
          .flags = ConfigFlags(),
          .examples = {"ffctl up", "ffctl up devices.cpu_slots=2"},
          .details =
              "Keys are those of the worker and the coordinator. Other commands start the\n"
              "pair by themselves; it stays when they end.",
          .run = Run};
}

}  // namespace ff::client
