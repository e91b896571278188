// ffctl experiment logs: what the trainer wrote to standard error.
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/print/json.h"

namespace ff::client {
namespace {

// The last `lines` lines; all where there are no more.
std::string Tail(const std::string& text, int64_t lines) {
  size_t at = text.size();
  if (at > 0 && text.back() == '\n') --at;
  for (int64_t i = 0; i < lines; ++i) {
    if (at == 0) return text;
    const size_t newline = text.rfind('\n', at - 1);
    if (newline == std::string::npos) return text;
    at = newline;
  }
  return text.substr(at + 1);
}

absl::Status ReadNumber(const Arguments& arguments, const std::string& flag, int64_t* number) {
  if (!arguments.Has(flag)) return absl::OkStatus();
  if (absl::SimpleAtoi(arguments.Get(flag), number) && *number > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, " is a number above 0, not '", arguments.Get(flag), "'"));
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  int64_t attempt = 0, tail = 0;
  absl::Status status = ReadNumber(arguments, "attempt", &attempt);
  status.Update(ReadNumber(arguments, "tail", &tail));
  if (!status.ok()) return status;
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  v1::GetLogsRequest request;
  request.set_experiment(arguments.words[0]);
  request.set_sweep(arguments.Get("sweep"));
  request.set_attempt_id(attempt);
  const absl::StatusOr<v1::GetLogsResponse> logs = (*client)->GetLogs(request);
  if (!logs.ok()) return WithNext(logs.status(), "ffctl experiment get " + arguments.words[0]);
  if (session.output() == Output::kJson) {
    session.out() << ToJson(*logs);
    return Exit::kOk;
  }
  if (logs->text().empty()) {
    session.Note(absl::StrCat("attempt ", logs->attempt_id(), " has written nothing"));
    return Exit::kOk;
  }
  const std::string text = VisibleText(tail > 0 ? Tail(logs->text(), tail) : logs->text());
  session.out() << text << (text.back() == '\n' ? "" : "\n");
  return Exit::kOk;
}

}  // namespace

Command ExperimentLogsCommand() {
  return {.noun = "experiment",
          .verb = "logs",
          .summary = "Show the trainer's log of an attempt",
          .words = "EXPERIMENT",
          .min_words = 1,
          .max_words = 1,
          .flags = {{"--sweep", "SWEEP", "where several sweeps have it", false, {}},
                    {"--attempt", "ID", "another attempt than the newest", false, {}},
                    {"--tail", "LINES", "only the last lines", false, {}}},
          .examples = {"ffctl exp logs 3f2a --tail 20"},
          .run = Run};
}

}  // namespace ff::client
