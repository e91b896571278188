// What a decision about worker jobs sees, and what it says. A job is a batch system's right to a
// machine for a while; in each of ours runs one worker. Plain values.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace ff::provisioner {

//   kPending --> kRunning --> kEnding (no longer of use, not yet gone) --> not listed
//       ^-----------' requeued
enum class JobState { kPending, kRunning, kEnding };

struct Job {
  std::string id;
  JobState state = JobState::kPending;
  std::string reason{};  // why it is pending, in the cluster's words
};

// The worker in a job, as the coordinator knows it.
struct JobWorker {
  std::string job_id;
  bool alive = false;       // called within a lease's length
  bool leaving = false;     // takes nothing new
  int running = 0;          // experiments it holds
  bool has_worked = false;  // ended an experiment, whatever way
  absl::Time last_seen = absl::InfinitePast();
};

struct Snapshot {
  std::vector<Job> jobs;           // that are not over
  std::vector<JobWorker> workers;  // of any of these; others are passed over
  int waiting = 0;                 // experiments that such workers could be given
};

struct Limits {
  int min = 0, max = 1;
  absl::Duration idle = absl::Minutes(5);    // till a worker without work is cancelled
  absl::Duration start = absl::Minutes(10);  // from a job's start to its worker's first call
  // Between submissions: after the cluster refused one, and after jobs that came to nothing. The
  // first such pause; each further one is twice as long.
  absl::Duration refused_pause = absl::Seconds(10), fruitless_pause = absl::Seconds(30);
  absl::Duration longest_pause = absl::Minutes(30);
};

// What is remembered of a job from one look to the next.
struct Seen {
  absl::Time first = absl::InfinitePast();      // when it was first listed
  absl::Time running = absl::InfiniteFuture();  // first seen running since it was last pending
  absl::Time idle = absl::InfiniteFuture();     // its worker has had nothing since
  bool called = false;                          // its worker has called
  bool worked = false;                          // its worker has been given something
  bool cancelled = false;                       // by us
};

// Of the decider; lost with the process, and all the worse for it is that pauses begin anew.
struct Memory {
  std::map<std::string, Seen> jobs;
  absl::Time surplus_since = absl::InfiniteFuture();
  int packing = 1;    // experiments that a worker trains at once, by those that were full last
  int fruitless = 0;  // in a row: times that jobs ended, or were given up, before they had worked
  int refused = 0;    // in a row: submissions that failed
  absl::Time not_before = absl::InfinitePast();  // of the next submission
  std::string why_not;                           // words for the pause
};

struct Decision {
  int submit = 0;                   // jobs, in one submission
  std::vector<std::string> cancel;  // ids
  int wanted = 0, running = 0, pending = 0;
  std::string why;  // one line: what is, and what keeps more from being done; for people
  Memory memory;    // for the next decision
};

}  // namespace ff::provisioner
