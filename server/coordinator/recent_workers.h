// Which workers are in the database as they describe themselves now, noted a moment ago: a call
// of one of these has nothing to write about its worker. Only the coordinator writes workers, and
// a note is made after the write is durable, so a note is never ahead of the database. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "absl/time/time.h"
#include "server/domain/worker.h"

namespace ff::coordinator {

class RecentWorkers {
 public:
  // What is stored as `last_seen` may lag behind by this much; leases last longer than ten times.
  static constexpr absl::Duration kLag = absl::Seconds(1);

  bool Knows(const Worker& worker, int free_slots, absl::Time now) const;
  void Note(const Worker& worker, int free_slots, absl::Time now);

 private:
  struct Seen {
    Worker worker;
    int free_slots = 0;
    absl::Time at;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Seen> seen_;  // by id
};

}  // namespace ff::coordinator
