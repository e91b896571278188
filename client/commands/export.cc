// ffctl export: a sweep in a form that other programs read.
#include "client/commands/all.h"
#include "client/commands/support.h"

namespace ff::client {
namespace {

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  const std::string format = arguments.Get("format", "csv");
  const absl::StatusOr<v1::ExportSweepResponse> response =
      (*client)->ExportSweep(SweepWord(arguments.words), format);
  if (!response.ok()) {
    return format == "scaling_laws_json"
               ? WithNext(response.status(), "ffctl analyze   (fits the law first)")
               : SweepError(response.status());
  }
  if (arguments.Has("file")) {
    absl::Status status = WriteAndSay(session, arguments.Get("file"), response->content());
    if (!status.ok()) return status;
    return Exit::kOk;
  }
  session.out() << response->content();
  if (!response->content().empty() && response->content().back() != '\n') session.out() << "\n";
  return Exit::kOk;
}

}  // namespace

Command ExportCommand() {
  return {.noun = "export",
          .summary = "Write a sweep as CSV or in flops-fit's JSON formats",
          .words = "[SWEEP]",
          .max_words = 1,
          .flags = {{"--format",
                     "FORMAT",
                     "csv (default), sweep_json, results_json or scaling_laws_json",
                     false,
                     {"csv", "sweep_json", "results_json", "scaling_laws_json"}},
                    {"--file", "PATH", "instead of standard output", false, {}}},
          .examples = {"ffctl export > runs.csv",
                       "ffctl export @latest --format results_json --file results.json"},
          .run = Run};
}

}  // namespace ff::client
