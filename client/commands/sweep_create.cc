// ffctl sweep create: hand a sweep in and return at once.
#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/commands/sweep_table.h"
#include "client/sweep_request.h"

namespace ff::client {
namespace {

// --dry-run: what the coordinator would make of it, nothing created and nothing sent.
absl::StatusOr<Exit> Preview(Session& session, CoordinatorClient& client,
                             const v1::SweepSpec& spec) {
  v1::PlanSweepRequest request;
  *request.mutable_spec() = spec;
  const absl::StatusOr<v1::SweepPreview> preview = client.PlanSweep(request);
  if (!preview.ok()) return preview.status();
  PrintMessage(session, *preview);
  session.Note(absl::StrCat("dry run: would create sweep ", preview->sweep_id(), " of ",
                            Plural(preview->experiments_size(), "experiment"),
                            preview->exists() ? " (there is one of this content)" : "",
                            "; nothing was changed\n  next: ffctl plan   shows all of it"));
  return Exit::kOk;
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const Words words = SplitWords(arguments.words);
  if (!words.others.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("ffctl sweep create takes KEY=VALUE words, not '", words.others[0], "'"));
  }
  const absl::StatusOr<v1::FlopsFitConfig> config =
      ReadConfig(arguments, words.overrides, "planner");
  if (!config.ok()) return config.status();
  absl::StatusOr<v1::SweepSpec> spec = MakeSweepSpec(*config, session.cwd());
  if (!spec.ok()) return spec.status();
  const absl::StatusOr<CoordinatorClient*> client = session.Connect(SettingsOf(*config), true);
  if (!client.ok()) return client.status();
  if (arguments.Has("dry-run")) return Preview(session, **client, *spec);
  if (absl::Status sent = UploadDataset(session, **client, &*spec); !sent.ok()) return sent;
  v1::CreateSweepRequest request;
  request.set_name(arguments.Get("name"));
  request.set_must_be_new(arguments.Has("new") || !config->trainer().resume());
  request.set_no_cache(arguments.Has("no-cache"));
  request.set_request_id(arguments.Get("request-id"));
  *request.mutable_spec() = *std::move(spec);
  const absl::StatusOr<v1::CreateSweepResponse> response = (*client)->CreateSweep(request);
  if (absl::IsAlreadyExists(response.status())) {
    return WithNext(response.status(), "leave out --new to get it, or change trainer.seed=N");
  }
  if (!response.ok()) return response.status();
  session.Note(response->created() ? "created" : "a sweep of this content exists already");
  PrintSweep(session, response->sweep());
  return Exit::kOk;
}

}  // namespace

Command SweepCreateCommand() {
  std::vector<Flag> flags = SweepFlags();
  flags.push_back({"--name", "NAME", "name of the sweep", false, {}});
  flags.push_back({"--new", "", "refuse if a sweep of the same content exists", false, {}});
  flags.push_back(
      {"--no-cache", "", "train everything again, whatever results there are", false, {}});
  flags.push_back({"--request-id",
                   "ID",
                   "a name of this request: within a week the same one creates nothing more",
                   false,
                   {}});
  flags.push_back({"--dry-run", "", "say what would be created, and create nothing", false, {}});
  return {.noun = "sweep",
          .verb = "create",
          .summary = "Create a sweep and return; workers train it",
          .words = "[KEY=VALUE...]",
          .max_words = -1,
          .flags = flags,
          .examples = {"ffctl sweep create --preset cpu_fast --name first",
                       "ffctl sweep create --preset cpu_fast --no-cache --request-id nightly-7"},
          .run = Run,
          .answer = "Sweep"};
}

}  // namespace ff::client
