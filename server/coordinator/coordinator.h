// The coordinator's verbs: the one place where both doors (gRPC, HTTP) meet. Each verb
// loads what it needs, decides, and saves in one transaction; each stands in a file of
// its own name. All methods may be called from any thread. Nothing is acknowledged
// before it is durable. Every method says NOT_FOUND for a sweep, experiment or worker
// that does not exist (with near names where there are some), UNAVAILABLE when the
// database cannot be written (disk full, I/O error) and nothing was changed.
//
// `sweep` arguments: an id, a unique prefix of one, a name, or "@latest";
// `experiment`: an id or a unique prefix. Ambiguous: INVALID_ARGUMENT with the candidates.
// `by`: who asks for a change, and why, in their own words; kept with its event.
// `if_version`: ABORTED unless the sweep's version is this one; 0: whatever it is.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/coordinator/recent_workers.h"
#include "server/coordinator/system_sampler.h"
#include "server/domain/analysis.h"
#include "server/domain/experiment.h"
#include "server/domain/fit.h"
#include "server/domain/sweep.h"
#include "server/domain/worker.h"
#include "server/scaling/training_flops.h"
#include "server/scheduler/event.h"
#include "server/scheduler/snapshot.h"

namespace ff::storage {
class Store;
class Transaction;
struct FitDue;
class View;
}  // namespace ff::storage

namespace ff::coordinator {

struct Options {
  absl::Duration sync_interval = absl::Seconds(2);
  absl::Duration lease_length = absl::Seconds(30);
  absl::Duration restart_grace = absl::Seconds(60);
  int max_retries = 2;
  std::string version;
  AnalyzeOptions analyze{};  // of sweeps that were created without options of their own
  // All workers together; with more of them than this times sync_interval each calls less often,
  // and leases last at least three intervals.
  double max_syncs_per_second = 50;
  absl::Duration backoff = absl::ZeroDuration(), max_backoff = absl::Minutes(10);
  int max_losses = 0;                                 // 0: no bound
  std::vector<scheduler::FailureRule> failure_rules;  // before those by kind
  int quarantine_after = 0;                           // fast failures in a row; 0: never
  absl::Duration quarantine_within = absl::Minutes(2);
  // Whether new leases may be given: false where the database's disk is nearly full.
  std::function<bool()> may_grant = [] { return true; };
  // What is being done to have workers where somebody starts them; empty: nobody does.
  std::function<std::string()> provisioning = [] { return std::string(); };
};

struct ExperimentCost {
  std::string experiment_id;
  double seconds = 0;  // on one slot; 0 for one with a result
  double checkpoint_bytes = 0;
  std::vector<scaling::FlopTerm> terms;  // of training a token
};
// N_opt = coefficient * C^exponent; all 0 where the grid is not centred.
struct PriorOptimum {
  double coefficient = 0, exponent = 0;
  std::string origin;
};
struct SweepPreview {
  std::vector<Experiment> experiments;
  std::vector<ExperimentCost> costs;  // in their order
  std::vector<DroppedCell> dropped;
  double total_flops = 0, estimated_seconds = 0, flops_per_second = 0;
  bool throughput_measured = false;
  int slots = 1;
  double peak_memory_bytes = 0, tokens_needed = 0;
  double slot_seconds = 0;  // sum over the experiments; estimated_seconds: till the last ends
  double disk_bytes = 0;    // of checkpoints, at most at once
  double device_memory_bytes = 0;  // that cells had to fit in; 0: not known
  std::string throughput_source, device_kind, flop_count;
  std::vector<std::pair<std::string, double>> flop_totals;  // the sweep by every definition
  PriorOptimum prior;
  std::vector<std::string> notes;
  std::string sweep_id;
  bool exists = false;
  int cached = 0;
};

struct NextOptions {
  double target_flops = 0;  // 0: ten times the largest budget
  int count = 0;            // 0: 4
  std::string goal;         // size (or empty) | loss | exponent
  double cost_power = 0;    // gain is divided by FLOP to this power
  double max_flops = 0;     // 0: the largest budget
};
struct NextExperiment {
  Experiment experiment;
  std::string cell, reason;  // cell: for compute.extra_cells
  // Half of the 95 % interval of the quantity, as a factor less 1 (absolute for an exponent),
  // before this experiment and after; NaN for one that extends a budget.
  double interval_before = 0, interval_after = 0, shrinkage = 0;
};
struct NextPlan {
  std::string sweep_id, goal, law;
  double target_flops = 0, interval_before = 0, interval_after = 0, total_flops = 0;
  std::vector<NextExperiment> experiments;
  std::vector<std::string> notes;
};
struct CreateSweepOutcome {
  Sweep sweep;
  bool created = false;
};
struct ImportOutcome {
  Sweep sweep;
  std::vector<std::string> warnings;
};
struct Export {
  std::string content, media_type;
};
struct DeleteOptions {
  std::string by{};
  int64_t if_version = 0;
  bool dry_run = false;
};
// What went, or (not done) would go.
struct Deletion {
  std::string sweep_id{}, sweep_name{}, experiment_id{};
  int experiments = 0, results = 0, attempts = 0;
  int64_t measurements = 0;
  bool done = false;
};
struct ExperimentPage {
  std::vector<Experiment> experiments;
  int total = 0;
};
struct SweepPage {
  std::vector<Sweep> sweeps;
  int total = 0;
};
// Which experiments, in which order: see ListExperimentsRequest. limit 0: all.
struct ExperimentQuery {
  std::vector<ExperimentState> states{};  // empty: all
  int limit = 0, offset = 0;
  std::string filter{}, sort{};
};
struct CurveRequest {
  std::vector<std::string> experiments{};  // empty: those of `which`
  ExperimentQuery which{};
  std::string x_axis{}, kind{};
  int points = 0;
  int64_t from_step = 0, to_step = 0, after_seq = 0;
};
struct Curve {
  std::string experiment_id;
  double budget_flops = 0, parameters = 0;
  ExperimentState state = ExperimentState::kWaiting;
  std::vector<double> x;
  std::vector<float> loss;
  std::vector<int64_t> step;  // empty where x is the step
};
struct CurvePage {
  std::vector<Curve> curves;
  int total = 0;
  int64_t last_seq = 0;
};
struct TimelineEntry {
  Attempt attempt;
  double budget_flops = 0, parameters = 0;
};
struct LogQuery {
  int64_t attempt_id = 0, from_byte = 0;  // attempt 0: the newest
  absl::Time since = absl::InfinitePast();
};
struct EventQuery {
  int64_t after_seq = 0;
  int limit = 0;  // 0: all
  bool newest_first = false, sweep_only = false;
};
struct MeasurementPage {
  std::vector<Measurement> measurements;
  int64_t last_seq = 0;
};
struct Logs {
  int64_t attempt_id = 0;
  std::string text;
  int64_t end_byte = 0;  // the next LogQuery::from_byte
  bool ended = false;    // nothing more comes
};
struct FigureRequest {
  std::string sweep, figure, style, x_axis, experiment;
  std::string other_sweep;  // law_comparison
};
// What is not set stays as it is.
struct SchedulingChange {
  std::optional<int> priority, max_running;
  std::optional<double> weight;
};
struct Statistics {
  int workers_alive = 0, sweeps = 0, schema_version = 0;
};

// What one who starts workers has to know.
struct Demand {
  int waiting = 0;                  // experiments that could start if there were workers
  std::vector<std::string> sweeps;  // that these are of
  std::vector<Worker> workers;      // as ListWorkers gives them
};
// For whoever watches the coordinator.
struct Metrics {
  int waiting = 0, leased = 0, running = 0;  // experiments
  int sweeps_waiting = 0;                    // active ones with something waiting
  int workers = 0, workers_alive = 0;
  struct Devices {
    int count = 0, slots = 0, free_slots = 0, out_of_use = 0;
  };
  std::map<std::string, Devices> devices;               // of workers that are alive, by kind
  int64_t synchronizations = 0, measurements = 0;       // taken in since the start
  int64_t writes = 0, commits = 0, writes_waiting = 0;  // of the database
  double write_seconds = 0;                             // of all writes together
  std::vector<std::pair<double, int64_t>> write_times;  // (at most so many seconds, how many)
};

class Coordinator {
 public:
  // `clock` returns the present and never jumps (a step of the host's clock would expire leases in
  // a mass); tests hand in another. `store` outlives the coordinator.
  Coordinator(storage::Store* store, Options options, std::function<absl::Time()> clock);

  // Sweeps. CreateSweep: an empty name becomes "sweep-" and the first digits of the id;
  // ALREADY_EXISTS: must_be_new and there is one of the same name and experiments.
  // A paused sweep is granted nothing new; what runs goes on to its end.
  absl::StatusOr<SweepPreview> PlanSweep(const SweepSpec& spec);
  // `spec`: the one that the sweep was created with. Fits a law to its finished experiments.
  // FAILED_PRECONDITION: too few of them, or no law with an optimum.
  absl::StatusOr<NextPlan> PlanNext(const std::string& sweep, const SweepSpec& spec,
                                    const NextOptions& options);
  // no_cache: everything is trained again, whatever results there are. request_id: what the client
  // calls the request; one of the last week is answered with the sweep that it made. `trace_id`
  // goes to the workers with every lease.
  absl::StatusOr<CreateSweepOutcome> CreateSweep(const std::string& name, const SweepSpec& spec,
                                                 bool must_be_new, bool no_cache = false,
                                                 const std::string& request_id = "",
                                                 const std::string& trace_id = "");
  // Newest first; limit 0: all.
  absl::StatusOr<SweepPage> ListSweeps(int limit = 0, int offset = 0);
  absl::StatusOr<Sweep> GetSweep(const std::string& sweep);
  absl::StatusOr<Sweep> PauseSweep(const std::string& sweep, const std::string& by = "",
                                   int64_t if_version = 0);
  absl::StatusOr<Sweep> ResumeSweep(const std::string& sweep, const std::string& by = "",
                                    int64_t if_version = 0);
  absl::StatusOr<Sweep> CancelSweep(const std::string& sweep, const std::string& by = "",
                                    int64_t if_version = 0);
  // Plan, results, measurements, logs and laws are gone for good. FAILED_PRECONDITION: something of
  // it is leased or running, or the sweep is active; the only experiment of a sweep.
  absl::StatusOr<Deletion> DeleteSweep(const std::string& sweep, const DeleteOptions& options);
  absl::StatusOr<Deletion> DeleteExperiment(const std::string& sweep, const std::string& experiment,
                                            const DeleteOptions& options);
  // From the next call of each worker on. INVALID_ARGUMENT: a weight that is not positive.
  absl::StatusOr<Sweep> UpdateSweep(const std::string& sweep, const SchedulingChange& change,
                                    const std::string& by = "", int64_t if_version = 0);
  absl::StatusOr<ImportOutcome> ImportSweep(const std::string& name, const std::string& sweep_json,
                                            const std::string& results_json);
  absl::StatusOr<Export> ExportSweep(const std::string& sweep, const std::string& format);

  // Experiments. INVALID_ARGUMENT: a filter or sort that can't be read, with the place.
  absl::StatusOr<ExperimentPage> ListExperiments(const std::string& sweep,
                                                 const ExperimentQuery& query);
  absl::StatusOr<CurvePage> ListCurves(const std::string& sweep, const CurveRequest& request);
  // By id, those beyond `after_id`; limit 0: 1000.
  absl::StatusOr<std::vector<TimelineEntry>> ListAttempts(const std::string& sweep,
                                                          int64_t after_id, int limit);
  absl::StatusOr<Experiment> GetExperiment(const std::string& sweep, const std::string& experiment);
  absl::StatusOr<std::vector<Experiment>> RetryExperiment(const std::string& sweep,
                                                          const std::string& experiment,
                                                          const std::string& by = "",
                                                          int64_t if_version = 0);
  absl::StatusOr<MeasurementPage> ListMeasurements(const std::string& sweep,
                                                   const std::string& experiment, int64_t after_seq,
                                                   int max_points);
  // By attempt and time, those after `since`.
  absl::StatusOr<std::vector<SystemSample>> ListSystemSamples(
      const std::string& sweep, const std::string& experiment,
      absl::Time since = absl::InfinitePast());
  absl::StatusOr<Logs> GetLogs(const std::string& sweep, const std::string& experiment,
                               const LogQuery& query);
  absl::StatusOr<std::vector<Event>> ListEvents(const std::string& sweep,
                                                const std::string& experiment,
                                                const EventQuery& query);

  // Workers.
  absl::StatusOr<WorkerOrders> SynchronizeWorker(const WorkerReport& report);
  absl::StatusOr<std::vector<Worker>> ListWorkers();
  // `worker`: id, unique prefix of one, or name. A drained one gets nothing new until it is
  // uncordoned; what has not ended after `patience` is checkpointed and handed back (infinite: all
  // goes on to its end).
  absl::StatusOr<Worker> DrainWorker(const std::string& worker, absl::Duration patience,
                                     const std::string& by = "");
  // One device, or (device empty) the whole worker, gets nothing new until it is uncordoned.
  // INVALID_ARGUMENT: the worker has no such device.
  absl::StatusOr<Worker> QuarantineWorker(const std::string& worker, const std::string& device,
                                          const std::string& by = "");
  // `device` empty: the worker and all its devices. FAILED_PRECONDITION: it is not cordoned.
  absl::StatusOr<Worker> UncordonWorker(const std::string& worker, const std::string& device,
                                        const std::string& by = "");
  // Of sweeps that ask for none but these labels.
  absl::StatusOr<Demand> GetDemand(const std::vector<std::string>& labels);
  // An event of each of these sweeps: what was done to have workers, or why nothing.
  absl::Status NoteProvisioning(const std::vector<std::string>& sweeps, const std::string& message);

  // Analysis. FAILED_PRECONDITION with the reason of each approach where none gives a law; one
  // that gives none beside others that do is a note. Predict: (id of the fit, for each target
  // what each approach predicts); target 0 is ten times the largest budget.
  absl::StatusOr<Analysis> AnalyzeSweep(const std::string& sweep, const AnalyzeOptions& options);
  absl::StatusOr<Analysis> GetAnalysis(const std::string& sweep);
  absl::StatusOr<Fit> GetFit(const std::string& sweep);
  absl::StatusOr<std::pair<std::string, std::vector<std::vector<MethodPrediction>>>> Predict(
      const std::string& sweep, const std::vector<double>& target_compute);
  absl::StatusOr<std::string> GetFigure(const FigureRequest& request);

  // Housekeeping: expires leases whose deadline has passed; the first call also corrects deadlines
  // that another clock has left. The daemon calls it about once a second; safe at any rate.
  absl::Status ExpireLeases();
  // Estimates the laws of sweeps that have new results, one after another: those of sweeps that
  // are over in full, others with few resamples and not too often. The daemon calls it from a
  // thread of its own, several times a second; a call may take seconds.
  absl::Status FitDue();
  // A consistent copy of the database in a new file at `path`, while everything goes on.
  absl::Status Backup(const std::string& path);
  absl::StatusOr<Statistics> GetStatistics();
  absl::StatusOr<Metrics> GetMetrics();

 private:
  scheduler::Rules Rules() const;
  // How often workers are told to call, by how many there are.
  absl::Duration SyncInterval() const;
  absl::StatusOr<Worker> SteerWorker(
      const std::string& worker, const std::string& by,
      const std::function<absl::StatusOr<scheduler::Event>(storage::View&, const std::string& id)>&
          event);
  // What ListWorkers says of it.
  absl::StatusOr<Worker> GetWorker(const std::string& id);
  absl::Status SetClock();
  absl::StatusOr<Sweep> Steer(const std::string& sweep, const std::string& verb,
                              const std::vector<SweepState>& allowed, const std::string& by,
                              int64_t if_version,
                              const std::function<scheduler::Event(const std::string& id)>& event);

  // analyze_sweep.cc. Estimate stores nothing; its fit has an id.
  absl::StatusOr<Analysis> Estimate(const std::string& sweep_id, const AnalyzeOptions& options);
  absl::Status KeepAnalysis(storage::Transaction& tx, const Analysis& analysis);

  // fit_due.cc. What is stored of a sweep's law, and what it would be of now.
  struct Standing {
    bool over = false;
    AnalyzeOptions options;
    std::optional<Analysis> stored;
    std::string digest;  // of the runs there are
    size_t runs = 0;
    bool IsCurrent() const { return stored && stored->fit.runs_digest == digest; }
  };
  absl::StatusOr<Standing> LoadStanding(const std::string& sweep_id);
  absl::StatusOr<Analysis> EstimateAsAsked(const std::string& sweep_id, const Standing& standing);
  absl::Status FitOne(const storage::FitDue& due);
  // The stored analysis; where there is none or runs have come since, a new one, stored too.
  absl::StatusOr<Analysis> CurrentAnalysis(const std::string& sweep_id);

  storage::Store* const store_;
  const Options options_;
  const std::function<absl::Time()> clock_;
  const absl::Time started_at_;  // no lease expires before this plus restart_grace

  RecentWorkers recent_workers_;
  SystemSampler system_sampler_;
  std::mutex fit_mutex_;  // held while a law is estimated that nobody asked for by name
  std::map<std::string, absl::Time> rests_until_;  // by sweep: no live law before
  // By sweep: digest of runs that no law can be had from, and why not.
  std::map<std::string, std::pair<std::string, absl::Status>> failed_;
  // As ExpireLeases counted them last; they may have been a thousand before a restart.
  std::atomic<int> workers_ = 0;
  std::atomic<bool> clock_is_set_ = false;
  std::atomic<int64_t> synchronizations_ = 0, measurements_ = 0;
};

}  // namespace ff::coordinator
