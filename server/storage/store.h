// Where the coordinator keeps everything: a View reads one consistent state of the
// database, a Transaction also changes it, a Store hands them out. Reads run in parallel;
// writes queue for one writer that commits together what has gathered, and Write returns
// only when its changes are durable. All methods of a Store may be called from any
// thread; a View or Transaction belongs to the function it was handed to.
//
// Errors every method may give: UNAVAILABLE (disk full, I/O error, database locked by
// another program), DATA_LOSS (the file is damaged), INTERNAL (a defect of ours). The
// comments name the others.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/domain/access.h"
#include "server/domain/analysis.h"
#include "server/domain/experiment.h"
#include "server/domain/sweep.h"
#include "server/domain/worker.h"
#include "server/filter/condition.h"
#include "server/storage/stored.h"

namespace ff::storage {

// One consistent state of the database.
class View {
 public:
  virtual ~View() = default;

  // Sweeps come without counts, budgets, FLOP totals and fitting; GetProgress and IsFitDue have
  // those.
  // NOT_FOUND: no sweep has exactly this id.
  virtual absl::StatusOr<Sweep> GetSweep(const std::string& id) = 0;
  // Newest first; without spec_source, dropped and analyze.
  virtual absl::StatusOr<std::vector<Sweep>> ListSweeps() = 0;
  // Id of the oldest sweep whose content digest this is; empty: none.
  virtual absl::StatusOr<std::string> FindSweepByContent(const std::string& content) = 0;
  virtual absl::StatusOr<SweepProgress> GetProgress(const std::string& sweep_id) = 0;
  // Experiments that are waiting, leased or running.
  virtual absl::StatusOr<int> CountOpen(const std::string& sweep_id) = 0;
  // NOT_FOUND.
  virtual absl::StatusOr<SweepLoad> GetLoad(const std::string& sweep_id) = 0;
  // Largest memory first.
  virtual absl::StatusOr<std::vector<WaitingGroup>> ListWaiting(const std::string& sweep_id) = 0;
  // Active sweeps with something waiting, by priority, then age.
  virtual absl::StatusOr<std::vector<SweepLoad>> ListWaitingSweeps(int limit) = 0;

  // With result and current attempt, without the list of attempts. NOT_FOUND.
  virtual absl::StatusOr<Experiment> GetExperiment(const std::string& sweep_id,
                                                   const std::string& id) = 0;
  // NOT_FOUND.
  virtual absl::StatusOr<LeasedExperiment> GetLeased(const std::string& sweep_id,
                                                     const std::string& id) = 0;
  virtual absl::StatusOr<std::vector<Experiment>> ListExperiments(
      const ExperimentFilter& filter) = 0;
  virtual absl::StatusOr<int> CountExperiments(const ExperimentFilter& filter) = 0;
  // Ids that begin with `prefix`, newest sweep first, at most `limit`. Empty sweep: any.
  virtual absl::StatusOr<std::vector<ExperimentFacts>> FindExperiments(const std::string& sweep_id,
                                                                       const std::string& prefix,
                                                                       int limit) = 0;
  // NOT_FOUND.
  virtual absl::StatusOr<ExperimentFacts> GetFacts(const std::string& sweep_id,
                                                   const std::string& id) = 0;
  virtual absl::StatusOr<std::vector<ExperimentFacts>> ListFacts(
      const ExperimentFilter& filter) = 0;
  // Experiments of the sweep that could be leased now: waiting, their pause over, for a device
  // and mode of the filter, not under lease in another sweep. First those whose home_worker is
  // the worker, then most FLOPs first. The sweep's own state is the caller's to look at.
  virtual absl::StatusOr<std::vector<ExperimentFacts>> ListCandidates(
      const std::string& sweep_id, const CandidateFilter& filter) = 0;
  // Waiting experiments of this id in other sweeps that share results (not no_cache).
  virtual absl::StatusOr<std::vector<ExperimentFacts>> WaitingTwins(const std::string& sweep_id,
                                                                    const std::string& id) = 0;
  // A result of this experiment in a sweep other than `sweep_id`, from_sweep filled; empty: none.
  // One that another version of the code trained is passed over; an unknown version is not.
  virtual absl::StatusOr<std::optional<Result>> FindResult(const std::string& id,
                                                           const std::string& sweep_id,
                                                           const std::string& code_version) = 0;
  // Over the newest `limit` results of plans of this mode that were trained here.
  virtual absl::StatusOr<Effort> RecentEffort(const std::string& mode, int limit) = 0;

  // NOT_FOUND.
  virtual absl::StatusOr<Attempt> GetAttempt(int64_t id) = 0;
  virtual absl::StatusOr<std::vector<Attempt>> ListAttempts(const std::string& sweep_id,
                                                            const std::string& id) = 0;
  // By id, those beyond `after_id`.
  virtual absl::StatusOr<std::vector<SweepAttempt>> ListSweepAttempts(const std::string& sweep_id,
                                                                      int64_t after_id,
                                                                      int limit) = 0;
  // Leased or running; of one worker, or of all where `worker_id` is empty.
  virtual absl::StatusOr<std::vector<Attempt>> ListLiveAttempts(const std::string& worker_id) = 0;
  // Leased or running with a deadline before `time`.
  virtual absl::StatusOr<std::vector<Attempt>> ListOverdueAttempts(absl::Time time) = 0;

  // By seq. Only those after `after_seq`.
  virtual absl::StatusOr<std::vector<Measurement>> ListMeasurements(const std::string& sweep_id,
                                                                    const std::string& id,
                                                                    int64_t after_seq) = 0;
  // A curve by step: all of its points, or where it is long the extremes of spans of steps, with
  // the plan's tokens and FLOP at each step. NOT_FOUND.
  virtual absl::StatusOr<std::vector<Measurement>> ListCurve(const CurveQuery& query) = 0;
  // Over all attempts of the experiment, by attempt and time, those after `since`.
  virtual absl::StatusOr<std::vector<SystemSample>> ListSystemSamples(const std::string& sweep_id,
                                                                      const std::string& id,
                                                                      absl::Time since) = 0;
  // Of the experiment's newest measurement; 0: there is none.
  virtual absl::StatusOr<int64_t> LastSeq(const std::string& sweep_id, const std::string& id) = 0;
  // The last kLogBytes of the attempt's log; empty where there is none.
  virtual absl::StatusOr<std::string> GetLog(int64_t attempt_id) = 0;
  // Of the same, what lies beyond `from_byte` and came in not before `since`.
  virtual absl::StatusOr<LogPart> ReadLog(int64_t attempt_id, int64_t from_byte,
                                          absl::Time since) = 0;
  // By seq, or from the newest down.
  virtual absl::StatusOr<std::vector<Event>> ListEvents(const EventFilter& filter) = 0;

  // `alive` and `experiment_ids` are left empty: they depend on the time. NOT_FOUND.
  virtual absl::StatusOr<Worker> GetWorker(const std::string& id) = 0;
  // By name, with the counts of finished and failed attempts.
  virtual absl::StatusOr<std::vector<Worker>> ListWorkers() = 0;
  // The worker was seen since `since` and had a free slot then.
  virtual absl::StatusOr<bool> IsFree(const std::string& worker_id, absl::Time since) = 0;
  virtual absl::StatusOr<int> CountWorkers(absl::Time since) = 0;
  // What is remembered of a worker's devices; empty id: of all workers, by worker.
  virtual absl::StatusOr<std::vector<std::pair<std::string, Health>>> ListHealth(
      const std::string& worker_id) = 0;
  // Its newest checkpoint in the coordinator's files.
  virtual absl::StatusOr<std::optional<StoredCheckpoint>> GetStoredCheckpoint(
      const std::string& sweep_id, const std::string& id) = 0;
  // SHA-256 of every file that a stored checkpoint or an open sweep's dataset names.
  virtual absl::StatusOr<std::vector<std::string>> ListStoredFiles() = 0;

  // The newest. NOT_FOUND.
  virtual absl::StatusOr<Fit> GetNewestFit(const std::string& sweep_id) = 0;
  // The newest fit with what was estimated beside it.
  virtual absl::StatusOr<Analysis> GetNewestAnalysis(const std::string& sweep_id) = 0;
  // Oldest sweep first.
  virtual absl::StatusOr<std::vector<FitDue>> ListFitsDue() = 0;
  virtual absl::StatusOr<bool> IsFitDue(const std::string& sweep_id) = 0;

  // All of them, oldest first: revoked and expired ones too.
  virtual absl::StatusOr<std::vector<Credential>> ListCredentials() = 0;
  // (worker, whose it is)
  virtual absl::StatusOr<std::vector<std::pair<std::string, std::string>>> ListWorkerOwners() = 0;
  virtual absl::StatusOr<std::vector<AuditEntry>> ListAudit(const AuditFilter& filter) = 0;
  // The sweep that a client's request of this id made; empty: none that is remembered.
  virtual absl::StatusOr<std::string> FindRequest(const std::string& request_id) = 0;
  // Empty id: of all experiments of the sweep.
  virtual absl::StatusOr<Holdings> CountHoldings(const std::string& sweep_id,
                                                 const std::string& id) = 0;
};

// A view that can be changed. What a failed function changed is undone.
class Transaction : public View {
 public:
  // `content`: digest of the experiments' ids. ALREADY_EXISTS.
  virtual absl::Status AddSweep(const Sweep& sweep, const std::string& content) = 0;
  // NOT_FOUND.
  virtual absl::Status SetSweepState(const std::string& id, SweepState state,
                                     absl::Time finished_at) = 0;
  // NOT_FOUND.
  virtual absl::Status SetScheduling(const std::string& id, const SchedulingSpec& scheduling) = 0;
  // Also stores `result` and `failure` where there are some. ALREADY_EXISTS; NOT_FOUND: no such
  // sweep.
  virtual absl::Status AddExperiment(const Experiment& experiment) = 0;
  // NOT_FOUND.
  virtual absl::Status UpdateExperiment(const std::string& sweep_id, const std::string& id,
                                        const ExperimentUpdate& update) = 0;
  // It is leased under this attempt; the rest stays. NOT_FOUND.
  virtual absl::Status LeaseExperiment(const std::string& sweep_id, const std::string& id,
                                       int64_t epoch, int64_t attempt_id) = 0;
  // ALREADY_EXISTS: an experiment has exactly one result.
  virtual absl::Status AddResult(const std::string& sweep_id, const std::string& id,
                                 const Result& result) = 0;
  // Gives the id, greater than any before; `attempt.id` is ignored. ALREADY_EXISTS: another
  // attempt of the experiment is live, or has this epoch.
  virtual absl::StatusOr<int64_t> AddAttempt(const Attempt& attempt) = 0;
  // A new deadline, where it differs by a second or more; `started`: it is running from now on.
  virtual absl::Status RenewAttempt(int64_t id, absl::Time deadline, bool started) = 0;
  // finished | failed | lost | stopped | cancelled. NOT_FOUND.
  virtual absl::Status EndAttempt(int64_t id, const std::string& state,
                                  const std::optional<Failure>& failure, absl::Time ended_at) = 0;
  // NOT_FOUND.
  virtual absl::Status PutProgress(int64_t attempt_id, const AttemptProgress& progress) = 0;
  // Of the same kind and step the newest attempt's stays. A point that arrives twice counts once.
  virtual absl::Status AddMeasurements(int64_t attempt_id,
                                       const std::vector<Measurement>& measurements) = 0;
  // A text that begins with what was appended last is taken for a repeated call.
  virtual absl::Status AppendLog(int64_t attempt_id, const std::string& text, absl::Time now) = 0;
  virtual absl::Status AddEvent(const Event& event) = 0;
  // Adds or replaces; first_seen stays what it was.
  virtual absl::Status PutWorker(const Worker& worker, int free_slots) = 0;
  // Adds or replaces; a sound one without failures is forgotten. NOT_FOUND: no such worker.
  virtual absl::Status PutHealth(const std::string& worker_id, const Health& health) = 0;
  // None: forgets it.
  virtual absl::Status PutStoredCheckpoint(const std::string& sweep_id, const std::string& id,
                                           const std::optional<StoredCheckpoint>& checkpoint) = 0;
  // Takes the place of the sweep's live fits.
  virtual absl::Status AddAnalysis(const Analysis& analysis) = 0;
  // NOT_FOUND.
  virtual absl::Status SetAnalyzeOptions(const std::string& sweep_id,
                                         const AnalyzeOptions& options) = 0;
  // There is a result that the stored law does not know. NOT_FOUND: no such sweep.
  virtual absl::Status MarkFitDue(const std::string& sweep_id) = 0;
  // Nothing is due any more, unless there are more marks by now.
  virtual absl::Status ClearFitDue(const std::string& sweep_id, int64_t marks) = 0;

  // ALREADY_EXISTS: id or hash.
  virtual absl::Status AddCredential(const Credential& credential) = 0;
  // NOT_FOUND.
  virtual absl::Status RevokeCredential(const std::string& id, absl::Time time) = 0;
  // NOT_FOUND.
  virtual absl::Status SetLastUsed(const std::string& id, absl::Time time) = 0;
  // ALREADY_EXISTS: it has an owner.
  virtual absl::Status AddWorkerOwner(const std::string& worker_id, const std::string& owner) = 0;
  // Gives the seq; `entry.seq` is ignored.
  virtual absl::StatusOr<int64_t> AddAudit(const AuditEntry& entry) = 0;
  // NOT_FOUND.
  virtual absl::Status SetAuditOutcome(int64_t seq, const std::string& outcome) = 0;
  // Takes the place of one of the same attempt and time.
  virtual absl::Status AddSystemSample(const SystemSample& sample) = 0;
  // ALREADY_EXISTS. Requests from before `forget_before` are forgotten.
  virtual absl::Status AddRequest(const std::string& request_id, const std::string& sweep_id,
                                  absl::Time now, absl::Time forget_before) = 0;

  // Both within Store::Remove alone. With all that belongs to it. NOT_FOUND.
  virtual absl::Status DeleteExperiment(const std::string& sweep_id, const std::string& id) = 0;
  // Experiments of the sweep until about `rows` rows are gone, and the sweep after the last one.
  // True: there is more to delete.
  virtual absl::StatusOr<bool> DeleteSome(const std::string& sweep_id, int64_t rows) = 0;
};

// Upper bounds of how long writes took, in seconds; what took longer counts in the last place.
inline constexpr std::array<double, 8> kWriteBounds = {0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5};

struct Statistics {
  int64_t writes = 0;   // functions run by Write
  int64_t commits = 0;  // transactions they were committed in; fewer means they were grouped
  int64_t waiting = 0;  // writes in the queue at this moment
  int schema_version = 0;
  // From being queued to being durable: the sum, and how many fell under each of kWriteBounds but
  // not under the one before.
  double write_seconds = 0;
  std::array<int64_t, kWriteBounds.size() + 1> write_times{};
};

class Store {
 public:
  virtual ~Store() = default;

  // Runs `read` on the caller's thread; returns its status.
  virtual absl::Status Read(absl::FunctionRef<absl::Status(View&)> read) = 0;

  // Runs `write` once on the writer's thread and returns when it is committed. A status of
  // its own undoes its changes and is returned; UNAVAILABLE: the commit failed and nothing
  // was changed. `write` must not call the Store.
  virtual absl::Status Write(absl::FunctionRef<absl::Status(Transaction&)> write) = 0;

  // As Write, for deletions: in a transaction of its own and without checks of references, which
  // would look through all measurements for each attempt that goes.
  virtual absl::Status Remove(absl::FunctionRef<absl::Status(Transaction&)> write) = 0;

  virtual Statistics GetStatistics() = 0;

  // A consistent copy in a new file at `path`, while reads and writes go on.
  virtual absl::Status Backup(const std::string& path) = 0;
};

}  // namespace ff::storage
