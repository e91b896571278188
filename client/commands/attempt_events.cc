#include "client/commands/attempt_events.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/print/words.h"

namespace ff::client {

AttemptEvents::AttemptEvents(CoordinatorClient* client, const v1::GetLogsRequest& of,
                             absl::Time since)
    : client_(client), attempt_(of.attempt_id()), since_(since) {
  request_.set_sweep(of.sweep());
  request_.set_experiment(of.experiment());
}

absl::StatusOr<std::string> AttemptEvents::Next() {
  const absl::StatusOr<v1::ListEventsResponse> events = client_->ListEvents(request_);
  if (!events.ok()) return events.status();
  std::string lines;
  for (const v1::Event& event : events->events()) {
    request_.set_after_seq(std::max(request_.after_seq(), event.seq()));
    if (attempt_ != 0 && event.attempt_id() != attempt_) continue;
    if (absl::FromUnixSeconds(event.time().seconds()) < since_) continue;
    absl::StrAppend(&lines, LocalTime(event.time()),
                    event.attempt_id() == 0 ? "" : absl::StrCat(" attempt ", event.attempt_id()),
                    " ", event.kind(), event.message().empty() ? "" : ": ",
                    absl::StrReplaceAll(event.message(), {{"\n", " "}}), "\n");
  }
  return lines;
}

}  // namespace ff::client
