// The tables seen through one connection: every method of View and Transaction, each
// table in a file of its own. Whoever owns it begins and ends the transactions.
// Not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/storage/sqlite/connection.h"
#include "server/storage/sqlite/statement.h"
#include "server/storage/store.h"

namespace ff::storage {

class Session final : public Transaction {
 public:
  explicit Session(std::unique_ptr<Connection> db) : db_(std::move(db)) {}
  Connection& db() { return *db_; }

  // sweeps.cc, sweep_load.cc, progress.cc
  absl::StatusOr<Sweep> GetSweep(const std::string& id) override;
  absl::StatusOr<std::vector<Sweep>> ListSweeps() override;
  absl::StatusOr<std::string> FindSweepByContent(const std::string& content) override;
  absl::Status AddSweep(const Sweep& sweep, const std::string& content) override;
  absl::Status SetSweepState(const std::string& id, SweepState state,
                             absl::Time finished_at) override;
  absl::Status SetAnalyzeOptions(const std::string& sweep_id,
                                 const AnalyzeOptions& options) override;
  absl::Status SetScheduling(const std::string& id, const SchedulingSpec& scheduling) override;
  absl::StatusOr<SweepLoad> GetLoad(const std::string& sweep_id) override;
  absl::StatusOr<std::vector<SweepLoad>> ListWaitingSweeps(int limit) override;
  absl::StatusOr<std::vector<WaitingGroup>> ListWaiting(const std::string& sweep_id) override;
  absl::StatusOr<SweepProgress> GetProgress(const std::string& sweep_id) override;
  absl::StatusOr<int> CountOpen(const std::string& sweep_id) override;

  // experiments.cc
  absl::StatusOr<Experiment> GetExperiment(const std::string& sweep_id,
                                           const std::string& id) override;
  absl::StatusOr<LeasedExperiment> GetLeased(const std::string& sweep_id,
                                             const std::string& id) override;
  absl::StatusOr<std::vector<Experiment>> ListExperiments(const ExperimentFilter& filter) override;
  absl::StatusOr<int> CountExperiments(const ExperimentFilter& filter) override;
  absl::Status AddExperiment(const Experiment& experiment) override;
  absl::Status UpdateExperiment(const std::string& sweep_id, const std::string& id,
                                const ExperimentUpdate& update) override;
  absl::Status LeaseExperiment(const std::string& sweep_id, const std::string& id, int64_t epoch,
                               int64_t attempt_id) override;

  // facts.cc
  absl::StatusOr<std::vector<ExperimentFacts>> FindExperiments(const std::string& sweep_id,
                                                               const std::string& prefix,
                                                               int limit) override;
  absl::StatusOr<ExperimentFacts> GetFacts(const std::string& sweep_id,
                                           const std::string& id) override;
  absl::StatusOr<std::vector<ExperimentFacts>> ListFacts(const ExperimentFilter& filter) override;
  absl::StatusOr<std::vector<ExperimentFacts>> ListCandidates(
      const std::string& sweep_id, const CandidateFilter& filter) override;
  absl::StatusOr<std::vector<ExperimentFacts>> WaitingTwins(const std::string& sweep_id,
                                                            const std::string& id) override;

  // results.cc
  absl::StatusOr<std::optional<Result>> FindResult(const std::string& id,
                                                   const std::string& sweep_id,
                                                   const std::string& code_version) override;
  absl::StatusOr<Effort> RecentEffort(const std::string& mode, int limit) override;
  absl::Status AddResult(const std::string& sweep_id, const std::string& id,
                         const Result& result) override;

  // attempts.cc
  absl::StatusOr<Attempt> GetAttempt(int64_t id) override;
  absl::StatusOr<std::vector<Attempt>> ListAttempts(const std::string& sweep_id,
                                                    const std::string& id) override;
  absl::StatusOr<std::vector<Attempt>> ListLiveAttempts(const std::string& worker_id) override;
  absl::StatusOr<std::vector<Attempt>> ListOverdueAttempts(absl::Time time) override;
  absl::StatusOr<int64_t> AddAttempt(const Attempt& attempt) override;
  absl::Status RenewAttempt(int64_t id, absl::Time deadline, bool started) override;
  absl::Status EndAttempt(int64_t id, const std::string& state,
                          const std::optional<Failure>& failure, absl::Time ended_at) override;
  absl::Status PutProgress(int64_t attempt_id, const AttemptProgress& progress) override;

  absl::StatusOr<std::vector<SweepAttempt>> ListSweepAttempts(const std::string& sweep_id,
                                                              int64_t after_id, int limit) override;

  // measurements.cc, curve_spans.cc
  absl::StatusOr<std::vector<Measurement>> ListCurve(const CurveQuery& query) override;
  absl::StatusOr<int64_t> LastSeq(const std::string& sweep_id, const std::string& id) override;
  absl::StatusOr<std::vector<Measurement>> ListMeasurements(const std::string& sweep_id,
                                                            const std::string& id,
                                                            int64_t after_seq) override;
  absl::Status AddMeasurements(int64_t attempt_id,
                               const std::vector<Measurement>& measurements) override;

  // system_samples.cc
  absl::StatusOr<std::vector<SystemSample>> ListSystemSamples(const std::string& sweep_id,
                                                              const std::string& id,
                                                              absl::Time since) override;
  absl::Status AddSystemSample(const SystemSample& sample) override;

  // requests.cc
  absl::StatusOr<std::string> FindRequest(const std::string& request_id) override;
  absl::Status AddRequest(const std::string& request_id, const std::string& sweep_id,
                          absl::Time now, absl::Time forget_before) override;

  // deletion.cc
  absl::StatusOr<Holdings> CountHoldings(const std::string& sweep_id,
                                         const std::string& id) override;
  absl::Status DeleteExperiment(const std::string& sweep_id, const std::string& id) override;
  absl::StatusOr<bool> DeleteSome(const std::string& sweep_id, int64_t rows) override;

  // logs.cc
  absl::StatusOr<std::string> GetLog(int64_t attempt_id) override;
  absl::StatusOr<LogPart> ReadLog(int64_t attempt_id, int64_t from_byte, absl::Time since) override;
  absl::Status AppendLog(int64_t attempt_id, const std::string& text, absl::Time now) override;

  // events.cc
  absl::StatusOr<std::vector<Event>> ListEvents(const EventFilter& filter) override;
  absl::Status AddEvent(const Event& event) override;

  // workers.cc
  absl::StatusOr<Worker> GetWorker(const std::string& id) override;
  absl::StatusOr<std::vector<Worker>> ListWorkers() override;
  absl::StatusOr<bool> IsFree(const std::string& worker_id, absl::Time since) override;
  absl::StatusOr<int> CountWorkers(absl::Time since) override;
  absl::StatusOr<std::vector<std::pair<std::string, Health>>> ListHealth(
      const std::string& worker_id) override;
  absl::Status PutWorker(const Worker& worker, int free_slots) override;
  absl::Status PutHealth(const std::string& worker_id, const Health& health) override;

  // stored_files.cc
  absl::StatusOr<std::optional<StoredCheckpoint>> GetStoredCheckpoint(
      const std::string& sweep_id, const std::string& id) override;
  absl::StatusOr<std::vector<std::string>> ListStoredFiles() override;
  absl::Status PutStoredCheckpoint(const std::string& sweep_id, const std::string& id,
                                   const std::optional<StoredCheckpoint>& checkpoint) override;

  // fits.cc
  absl::StatusOr<Fit> GetNewestFit(const std::string& sweep_id) override;
  absl::StatusOr<Analysis> GetNewestAnalysis(const std::string& sweep_id) override;
  absl::Status AddAnalysis(const Analysis& analysis) override;

  // fits_due.cc
  absl::StatusOr<std::vector<FitDue>> ListFitsDue() override;
  absl::StatusOr<bool> IsFitDue(const std::string& sweep_id) override;
  absl::Status MarkFitDue(const std::string& sweep_id) override;
  absl::Status ClearFitDue(const std::string& sweep_id, int64_t marks) override;

  // access.cc
  absl::StatusOr<std::vector<Credential>> ListCredentials() override;
  absl::StatusOr<std::vector<std::pair<std::string, std::string>>> ListWorkerOwners() override;
  absl::StatusOr<std::vector<AuditEntry>> ListAudit(const AuditFilter& filter) override;
  absl::Status AddCredential(const Credential& credential) override;
  absl::Status RevokeCredential(const std::string& id, absl::Time time) override;
  absl::Status SetLastUsed(const std::string& id, absl::Time time) override;
  absl::Status AddWorkerOwner(const std::string& worker_id, const std::string& owner) override;
  absl::StatusOr<int64_t> AddAudit(const AuditEntry& entry) override;
  absl::Status SetAuditOutcome(int64_t seq, const std::string& outcome) override;

 private:
  // What counts of an experiment's points of a kind, by step.
  absl::StatusOr<std::vector<Measurement>> PointsBetween(int64_t experiment,
                                                         const std::string& kind, int64_t from,
                                                         int64_t to);
  // A fine span that `added` lie in; coarse ones are made of fine ones.
  absl::Status MakeFineSpan(int64_t experiment, const std::string& kind, int64_t width,
                            int64_t index, const std::vector<Measurement>& added);
  // After measurements were added: the spans they lie in.
  absl::Status UpdateCurveSpans(int64_t experiment, const std::vector<Measurement>& measurements);
  absl::StatusOr<std::vector<ExperimentFacts>> ReadFacts(Statement& rows);
  absl::StatusOr<std::vector<Attempt>> ReadAttempts(Statement& rows);
  absl::StatusOr<std::vector<Worker>> ReadWorkers(Statement& rows);
  // What of a batch is new: not what the attempt itself or a newer one has brought already.
  absl::StatusOr<std::vector<Measurement>> WithoutKnown(int64_t attempt_id, int64_t experiment,
                                                        const std::vector<Measurement>& batch);

  // By key, with all that belongs to it: how many rows that was.
  absl::StatusOr<int64_t> RemoveExperiment(int64_t key);
  absl::StatusOr<bool> DeleteEmptySweep(const std::string& sweep_id);

  std::unique_ptr<Connection> db_;
};

}  // namespace ff::storage
