// ffctl experiment logs: what the trainer wrote to standard error, and goes on writing.
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "client/commands/all.h"
#include "client/commands/attempt_events.h"
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

// What of an experiment is printed: its trainer's log, what its workers did, or both, each line
// then with the stream's name before it.
class Streams {
 public:
  static absl::StatusOr<Streams> Make(Session& session, const Arguments& arguments,
                                      CoordinatorClient* client,
                                      const v1::GetLogsRequest& request) {
    absl::StatusOr<LogLines> trainer = LogLines::Make(arguments.Get("grep"));
    if (!trainer.ok()) return trainer.status();
    absl::StatusOr<LogLines> worker = LogLines::Make(arguments.Get("grep"));
    if (!worker.ok()) return worker.status();
    const absl::Time since = request.has_since() ? absl::FromUnixSeconds(request.since().seconds())
                                                 : absl::InfinitePast();
    const std::string which = arguments.Get("stream", "trainer");
    return Streams(session, which, *std::move(trainer), *std::move(worker),
                   AttemptEvents(client, request, since));
  }

  bool trainer() const { return which_ != "worker"; }
  bool worker() const { return which_ != "trainer"; }

  void PrintLog(const std::string& text) { Print("trainer", trainer_.Add(text)); }
  void PrintRest() { Print("trainer", trainer_.Rest()); }
  // The last `tail` lines; 0: all.
  absl::Status PrintEvents(int64_t tail = 0) {
    if (!worker()) return absl::OkStatus();
    const absl::StatusOr<std::string> lines = events_.Next();
    if (!lines.ok()) return lines.status();
    Print("worker", worker_.Add(tail > 0 ? Tail(*lines, tail) : *lines));
    return absl::OkStatus();
  }

 private:
  Streams(Session& session, std::string which, LogLines trainer, LogLines worker,
          AttemptEvents events)
      : session_(session),
        which_(std::move(which)),
        trainer_(std::move(trainer)),
        worker_(std::move(worker)),
        events_(std::move(events)) {}

  void Print(const char* stream, const std::string& lines) {
    if (which_ != "all" || lines.empty()) {
      session_.out() << lines << std::flush;
      return;
    }
    for (const absl::string_view line : absl::StrSplit(absl::StripSuffix(lines, "\n"), '\n')) {
      session_.out() << stream << " | " << line << "\n";
    }
    session_.out() << std::flush;
  }

  Session& session_;
  const std::string which_;
  LogLines trainer_, worker_;
  AttemptEvents events_;
};

bool Passes(const absl::Status& status) {
  return status.ok() || absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

// Whether the experiment will have no more attempts.
bool IsOver(CoordinatorClient& client, const v1::GetLogsRequest& request) {
  v1::ExperimentRequest which;
  which.set_experiment(request.experiment());
  which.set_sweep(request.sweep());
  const absl::StatusOr<v1::Experiment> experiment = client.GetExperiment(which);
  return experiment.ok() && IsOver(experiment->state());
}

void Rest(const Session& session) {
  const absl::Time next = absl::Now() + kPoll;
  while (absl::Now() < next && !session.interrupted()) absl::SleepFor(absl::Milliseconds(20));
}

// Goes on from `seen` until the experiment is over or ^C, over to the next attempt where there is
// one, through a coordinator that is away.
absl::StatusOr<Exit> Follow(Session& session, CoordinatorClient& client, v1::GetLogsRequest request,
                            v1::GetLogsResponse seen, Streams& streams) {
  request.clear_since();
  session.CatchInterrupt();
  const bool newest = request.attempt_id() == 0;
  for (; !session.interrupted(); Rest(session)) {
    if (absl::Status said = streams.PrintEvents(); !Passes(said)) return said;
    if (!streams.trainer()) {
      if (!IsOver(client, request)) continue;
      if (absl::Status said = streams.PrintEvents(); !said.ok()) return said;
      return Exit::kOk;
    }
    request.set_from_byte(seen.end_byte());
    const absl::StatusOr<v1::GetLogsResponse> more = client.GetLogs(request);
    if (!Passes(more.status())) return more.status();
    if (!more.ok()) continue;
    if (more->attempt_id() != seen.attempt_id()) {
      streams.PrintRest();
      session.Note(absl::StrCat("--- attempt ", more->attempt_id(), " ---"));
      seen = v1::GetLogsResponse();
      seen.set_attempt_id(more->attempt_id());
      continue;
    }
    streams.PrintLog(more->text());
    seen = *more;
    if (more->ended() && (!newest || IsOver(client, request))) {
      streams.PrintRest();
      if (absl::Status said = streams.PrintEvents(); !Passes(said)) return said;
      return Exit::kOk;
    }
  }
  streams.PrintRest();
  return Exit::kInterrupted;
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const absl::StatusOr<v1::GetLogsRequest> request = RequestOf(arguments);
  if (!request.ok()) return request.status();
  int64_t tail = 0;
  if (absl::Status read = ReadNumber(arguments, "tail", &tail); !read.ok()) return read;
  // A pattern that cannot be read is said before anything is started.
  if (const auto lines = LogLines::Make(arguments.Get("grep")); !lines.ok()) return lines.status();
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  absl::StatusOr<Streams> streams = Streams::Make(session, arguments, *client, *request);
  if (!streams.ok()) return streams.status();
  v1::GetLogsResponse logs;
  if (streams->trainer()) {
    absl::StatusOr<v1::GetLogsResponse> read = (*client)->GetLogs(*request);
    if (!read.ok()) return WithNext(read.status(), "ffctl experiment get " + arguments.words[0]);
    logs = *std::move(read);
  }
  if (session.wants_data()) {
    session.PrintData(ToJson(logs));
    return Exit::kOk;
  }
  const bool follow = arguments.Has("follow");
  if (absl::Status said = streams->PrintEvents(tail); !said.ok()) {
    return WithNext(said, "ffctl experiment get " + arguments.words[0]);
  }
  if (streams->trainer() && logs.text().empty() && !follow) {
    session.Note(absl::StrCat("attempt ", logs.attempt_id(), " has written nothing",
                              arguments.Has("since") ? " in that time" : ""));
    return Exit::kOk;
  }
  streams->PrintLog(tail > 0 ? Tail(logs.text(), tail) : logs.text());
  if (follow) return Follow(session, **client, *request, logs, *streams);
  streams->PrintRest();
  return Exit::kOk;
}

}  // namespace

Command ExperimentLogsCommand() {
  return {
      .noun = "experiment",
      .verb = "logs",
      .summary = "Show the log of an attempt: its trainer's, its workers'",
      .words = "EXPERIMENT",
      .min_words = 1,
      .max_words = 1,
      .flags =
          {{"-f,--follow", "", "go on as it is written, until the experiment is over", false, {}},
           {"--tail", "LINES", "only the last lines", false, {}},
           {"--since", "TIME", "only what came in within this time: 10m", false, {}},
           {"--grep", "PATTERN", "only lines that match it (RE2)", false, {}},
           {"--attempt", "ID", "another attempt than the newest", false, {}},
           {"-c,--stream",
            "STREAM",
            "trainer (what it wrote), worker (what workers did with it) or all",
            false,
            {"trainer", "worker", "all"}},
           {"--sweep", "SWEEP", "where several sweeps have it", false, {}}},
      .examples = {"ffctl exp logs 3f2a --tail 20", "ffctl exp logs 3f2a -f --grep 'loss|error'",
                   "ffctl exp logs 3f2a -c worker"},
      .run = Run,
      .long_text = true};
}

}  // namespace ff::client
