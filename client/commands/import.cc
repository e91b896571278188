// ffctl import: flops-fit's sweep.json and results.json as a sweep.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/commands/sweep_table.h"
#include "client/files.h"

namespace ff::client {
namespace {

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  v1::ImportSweepRequest request;
  request.set_name(arguments.Get("name"));
  for (const std::string& path : arguments.words) {
    absl::StatusOr<std::string> text = ReadFile(AbsolutePath(path, session.cwd()));
    if (!text.ok()) return text.status();
    // Only results have losses.
    const bool results = absl::StrContains(*text, "\"final_loss\"");
    std::string* place = results ? request.mutable_results_json() : request.mutable_sweep_json();
    if (!place->empty()) {
      return absl::InvalidArgumentError(absl::StrCat(path, " is a second ",
                                                     results ? "results.json" : "sweep.json",
                                                     "\nimport one sweep at a time"));
    }
    *place = *std::move(text);
  }
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  const absl::StatusOr<v1::ImportSweepResponse> response = (*client)->ImportSweep(request);
  if (!response.ok()) return response.status();
  for (const std::string& warning : response->warnings()) session.Warn(warning);
  PrintSweep(session, response->sweep());
  session.Note("next: ffctl analyze " + response->sweep().id());
  return Exit::kOk;
}

}  // namespace

Command ImportCommand() {
  return {.noun = "import",
          .summary = "Import flops-fit's results.json (and sweep.json)",
          .words = "FILE [FILE]",
          .min_words = 1,
          .max_words = 2,
          .flags = {{"--name", "NAME", "name of the imported sweep", false, {}}},
          .examples = {"ffctl import outputs/sweep.json outputs/results.json"},
          .run = Run};
}

}  // namespace ff::client
