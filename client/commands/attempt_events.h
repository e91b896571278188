// What workers did with an experiment, as the coordinator noted it, as lines of a log: the stream
// beside that of the trainer. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/coordinator_client.h"
#include "ff/v1/sweep.pb.h"

namespace ff::client {

class AttemptEvents {
 public:
  // Of one attempt, or of all where it is 0; those from `since` on. `client` outlives it.
  AttemptEvents(CoordinatorClient* client, const v1::GetLogsRequest& of, absl::Time since);

  // What came since the last call, a line each: "2026-11-25 17:20:05 attempt 3 leased: to ...".
  absl::StatusOr<std::string> Next();

 private:
  CoordinatorClient* const client_;
  const int64_t attempt_;
  const absl::Time since_;
  v1::ListEventsRequest request_;
};

}  // namespace ff::client
