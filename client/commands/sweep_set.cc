// ffctl sweep set.
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/commands/sweep_table.h"

namespace ff::client {
namespace {

absl::Status Wrong(const std::string& word) {
  return Fail(absl::StatusCode::kInvalidArgument,
              absl::StrCat("'", word, "' sets nothing of a sweep"),
              "there are priority=N, weight=NUMBER and max_running=N (0: no bound)",
              "ffctl sweep set --help");
}

absl::Status Set(const std::string& word, v1::UpdateSweepRequest* request) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(word, absl::MaxSplits('=', 1));
  int number = 0;
  double weight = 0;
  if (parts.first == "weight" && absl::SimpleAtod(parts.second, &weight)) {
    request->set_weight(weight);
  } else if (parts.first == "priority" && absl::SimpleAtoi(parts.second, &number)) {
    request->set_priority(number);
  } else if (parts.first == "max_running" && absl::SimpleAtoi(parts.second, &number)) {
    request->set_max_running(number);
  } else {
    return Wrong(word);
  }
  return absl::OkStatus();
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  v1::UpdateSweepRequest request;
  request.set_sweep(kLatest);
  for (size_t i = 0; i < arguments.words.size(); ++i) {
    const std::string& word = arguments.words[i];
    if (i == 0 && word.find('=') == std::string::npos) {
      request.set_sweep(word);
    } else if (absl::Status set = Set(word, &request); !set.ok()) {
      return set;
    }
  }
  if (!request.has_priority() && !request.has_weight() && !request.has_max_running()) {
    return Wrong("");
  }
  request.set_by(session.Author(arguments.Get("reason")));
  const absl::StatusOr<int64_t> if_version = IfVersion(arguments);
  if (!if_version.ok()) return if_version.status();
  request.set_if_version(*if_version);
  if (IsDryRun(session, arguments,
               absl::StrCat("set ", absl::StrJoin(arguments.words, " "), " of a sweep"))) {
    return Exit::kOk;
  }
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  const absl::StatusOr<v1::Sweep> sweep = (*client)->UpdateSweep(request);
  if (!sweep.ok()) return SweepError(sweep.status());
  const v1::Scheduling& now = sweep->scheduling();
  session.Note(absl::StrCat("sweep ", sweep->id(), ": priority ", now.priority(), ", weight ",
                            now.weight(), ", max_running ",
                            now.max_running() == 0 ? "no bound" : absl::StrCat(now.max_running())));
  PrintSweep(session, *sweep);
  return Exit::kOk;
}

}  // namespace

Command SweepSetCommand() {
  return {.noun = "sweep",
          .verb = "set",
          .summary = "Change how a sweep shares the workers with others",
          .words = "[SWEEP] KEY=VALUE...",
          .max_words = -1,
          .flags = SweepChangeFlags(),
          .examples = {"ffctl sweep set first priority=5", "ffctl sweep set weight=2 max_running=4",
                       "ffctl sweep set first priority=5 --if-version 3"},
          .details = "Takes effect with the next call of each worker; what runs goes on.",
          .run = Run,
          .answer = "Sweep"};
}

}  // namespace ff::client
