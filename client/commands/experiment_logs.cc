// ffctl experiment logs: what the trainer wrote to standard error, and goes on writing.
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/commands/all.h"
#include "client/commands/log_lines.h"
#include "client/commands/support.h"
#include "client/print/json.h"
#include "client/print/numbers.h"

namespace ff::client {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(500);

absl::Status ReadNumber(const Arguments& arguments, const std::string& flag, int64_t* number) {
  if (!arguments.Has(flag)) return absl::OkStatus();
  if (absl::SimpleAtoi(arguments.Get(flag), number) && *number > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, " is a number above 0, not '", arguments.Get(flag), "'"));
}

absl::StatusOr<v1::GetLogsRequest> RequestOf(const Arguments& arguments) {
  int64_t attempt = 0;
  if (absl::Status read = ReadNumber(arguments, "attempt", &attempt); !read.ok()) return read;
  v1::GetLogsRequest request;
  request.set_experiment(arguments.words[0]);
  request.set_sweep(arguments.Get("sweep"));
  request.set_attempt_id(attempt);
  if (!arguments.Has("since")) return request;
  const absl::StatusOr<absl::Duration> since = ParseTime(arguments.Get("since"));
  if (!since.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("--since: ", since.status().message()));
  }
  request.mutable_since()->set_seconds(absl::ToUnixSeconds(absl::Now() - *since));
  return request;
}

bool IsOver(v1::ExperimentState state) { return state >= v1::EXPERIMENT_STATE_FINISHED; }

// Goes on from `seen` until the experiment is over or ^C, over to the next attempt where there is
// one, through a coordinator that is away.
absl::StatusOr<Exit> Follow(Session& session, CoordinatorClient& client, v1::GetLogsRequest request,
                            v1::GetLogsResponse seen, LogLines& lines) {
  request.clear_since();
  session.CatchInterrupt();
  const bool newest = request.attempt_id() == 0;
  while (!session.interrupted()) {
    request.set_from_byte(seen.end_byte());
    const absl::StatusOr<v1::GetLogsResponse> more = client.GetLogs(request);
    if (more.ok() && more->attempt_id() != seen.attempt_id()) {
      session.out() << lines.Rest() << std::flush;
      session.Note(absl::StrCat("--- attempt ", more->attempt_id(), " ---"));
      seen = v1::GetLogsResponse();
      seen.set_attempt_id(more->attempt_id());
      continue;
    }
    if (more.ok()) {
      session.out() << lines.Add(more->text()) << std::flush;
      seen = *more;
    } else if (!absl::IsUnavailable(more.status()) && !absl::IsDeadlineExceeded(more.status())) {
      return more.status();
    }
    if (more.ok() && more->ended()) {
      v1::ExperimentRequest which;
      which.set_experiment(request.experiment());
      which.set_sweep(request.sweep());
      const absl::StatusOr<v1::Experiment> experiment = client.GetExperiment(which);
      if (!newest || (experiment.ok() && IsOver(experiment->state()))) {
        session.out() << lines.Rest() << std::flush;
        return Exit::kOk;
      }
    }
    const absl::Time next = absl::Now() + kPoll;
    while (absl::Now() < next && !session.interrupted()) absl::SleepFor(absl::Milliseconds(20));
  }
  session.out() << lines.Rest();
  return Exit::kInterrupted;
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const absl::StatusOr<v1::GetLogsRequest> request = RequestOf(arguments);
  if (!request.ok()) return request.status();
  int64_t tail = 0;
  if (absl::Status read = ReadNumber(arguments, "tail", &tail); !read.ok()) return read;
  absl::StatusOr<LogLines> lines = LogLines::Make(arguments.Get("grep"));
  if (!lines.ok()) return lines.status();
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  const absl::StatusOr<v1::GetLogsResponse> logs = (*client)->GetLogs(*request);
  if (!logs.ok()) return WithNext(logs.status(), "ffctl experiment get " + arguments.words[0]);
  if (session.wants_data()) {
    session.PrintData(ToJson(*logs));
    return Exit::kOk;
  }
  const bool follow = arguments.Has("follow");
  if (logs->text().empty() && !follow) {
    session.Note(absl::StrCat("attempt ", logs->attempt_id(), " has written nothing",
                              arguments.Has("since") ? " in that time" : ""));
    return Exit::kOk;
  }
  session.out() << lines->Add(tail > 0 ? Tail(logs->text(), tail) : logs->text());
  if (follow) return Follow(session, **client, *request, *logs, *lines);
  session.out() << lines->Rest();
  return Exit::kOk;
}

}  // namespace

Command ExperimentLogsCommand() {
  return {
      .noun = "experiment",
      .verb = "logs",
      .summary = "Show the trainer's log of an attempt",
      .words = "EXPERIMENT",
      .min_words = 1,
      .max_words = 1,
      .flags =
          {{"-f,--follow", "", "go on as it is written, until the experiment is over", false, {}},
           {"--tail", "LINES", "only the last lines", false, {}},
           {"--since", "TIME", "only what came in within this time: 10m", false, {}},
           {"--grep", "PATTERN", "only lines that match it (RE2)", false, {}},
           {"--attempt", "ID", "another attempt than the newest", false, {}},
           {"--sweep", "SWEEP", "where several sweeps have it", false, {}}},
      .examples = {"ffctl exp logs 3f2a --tail 20", "ffctl exp logs 3f2a -f --grep 'loss|error'"},
      .run = Run};
}

}  // namespace ff::client
