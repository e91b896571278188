#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/coordinator/complete_spec.h"
#include "server/coordinator/coordinator.h"
#include "server/coordinator/create_plan.h"
#include "server/coordinator/digest.h"
#include "server/coordinator/sweep_summary.h"
#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

constexpr size_t kLongestRequestId = 100;
constexpr absl::Duration kRequestsKept = absl::Hours(7 * 24);

// The sweep of this name and content that was not cancelled, or the id that a new one gets:
// what a user cancelled stays cancelled, and can be asked for again. With `must_be_free` only
// a new one's.
struct Place {
  std::string id;
  bool taken = false;
};

absl::StatusOr<Place> FindPlace(storage::View& view, const std::string& name,
                                const std::string& content, bool must_be_free) {
  for (int generation = 0;; ++generation) {
    const std::string id = SweepId(name, content, generation);
    const absl::StatusOr<Sweep> sweep = view.GetSweep(id);
    if (absl::IsNotFound(sweep.status())) return Place{id, false};
    if (!sweep.ok()) return sweep.status();
    if (sweep->state != SweepState::kCancelled && !must_be_free) return Place{id, true};
  }
}

// The plan for the devices known. Where their memory left cells out, also the plan with them:
// a sweep that was created before its workers were known is still taken up.
struct Candidates {
  SweepSpec spec;
  CreatePlan plan;
  std::optional<CreatePlan> regardless_of_memory;
};

absl::StatusOr<Candidates> PlanCandidates(storage::Store& store, const SweepSpec& asked) {
  Candidates candidates;
  candidates.spec = asked;
  SweepSpec& spec = candidates.spec;
  double memory = 0;
  FF_TRY(store.Read([&](storage::View& view) -> absl::Status {
    FF_TRY(LookUpPrior(view, &spec));
    FF_TRY_ASSIGN(memory, LargestDeviceMemory(view, spec.recipe));
    FF_TRY_ASSIGN(spec.device_kind, DeviceKind(view, spec.recipe));
    return absl::OkStatus();
  }));
  if (spec.device_memory_bytes > 0 || memory == 0) {
    FF_TRY_ASSIGN(candidates.plan, MakeCreatePlan(spec));
    return candidates;
  }
  FF_TRY_ASSIGN(CreatePlan all, MakeCreatePlan(spec));
  spec.device_memory_bytes = memory;
  FF_TRY_ASSIGN(candidates.plan, MakeCreatePlan(spec));
  if (all.content != candidates.plan.content) candidates.regardless_of_memory = std::move(all);
  return candidates;
}

// `cache`: the version of the code whose results are taken over; none: no results are.
absl::Status AddExperiments(storage::Transaction& tx, const std::string& sweep_id, absl::Time now,
                            const std::optional<std::string>& cache,
                            std::vector<Experiment>& experiments, int* taken_over) {
  for (Experiment& experiment : experiments) {
    experiment.sweep_id = sweep_id;
    if (cache.has_value()) {
      FF_TRY_ASSIGN(experiment.result, tx.FindResult(experiment.id, sweep_id, *cache));
    }
    if (experiment.result.has_value()) experiment.state = ExperimentState::kFinished;
    FF_TRY(tx.AddExperiment(experiment));
    if (!experiment.result.has_value()) continue;
    ++*taken_over;
    FF_TRY(tx.AddEvent(
        {0, now, sweep_id, experiment.id, 0, "taken_over",
         absl::StrCat("result of the same experiment in sweep ", experiment.result->from_sweep)}));
  }
  return absl::OkStatus();
}

// A sweep that is taken up is analysed as was asked for last.
absl::Status TakeOptions(storage::Transaction& tx, const std::string& sweep_id,
                         const AnalyzeOptions& options) {
  FF_TRY_ASSIGN(const Sweep sweep, tx.GetSweep(sweep_id));
  if (sweep.analyze == options) return absl::OkStatus();
  return tx.SetAnalyzeOptions(sweep_id, options);
}

}  // namespace

absl::StatusOr<CreateSweepOutcome> Coordinator::CreateSweep(const std::string& name,
                                                            const SweepSpec& asked,
                                                            bool must_be_new, bool no_cache,
                                                            const std::string& request_id,
                                                            const std::string& trace_id) {
  if (absl::StartsWith(name, "@")) {
    return absl::InvalidArgumentError("a sweep's name must not begin with '@'");
  }
  if (request_id.size() > kLongestRequestId) {
    return absl::InvalidArgumentError(
        absl::StrCat("request_id is longer than ", kLongestRequestId, " characters"));
  }
  FF_TRY_ASSIGN(Candidates candidates, PlanCandidates(*store_, asked));
  const SweepSpec& spec = candidates.spec;
  const absl::Time now = clock_();
  CreateSweepOutcome outcome;
  FF_TRY(store_->Write([&](storage::Transaction& tx) -> absl::Status {
    FF_TRY_ASSIGN(const std::string answered, tx.FindRequest(request_id));
    if (!answered.empty()) {
      outcome.created = true;
      FF_TRY_ASSIGN(outcome.sweep, LoadSweep(tx, answered));
      return absl::OkStatus();
    }
    FF_TRY_ASSIGN(Place place, FindPlace(tx, name, candidates.plan.content, no_cache));
    CreatePlan& plan = candidates.plan;
    if (!place.taken && !no_cache && candidates.regardless_of_memory.has_value()) {
      FF_TRY_ASSIGN(const Place other,
                    FindPlace(tx, name, candidates.regardless_of_memory->content, false));
      if (other.taken) {
        place = other;
        plan = *std::move(candidates.regardless_of_memory);
      }
    }
    if (place.taken && must_be_new) {
      return absl::AlreadyExistsError(
          absl::StrCat("sweep ", place.id,
                       " has the same name and experiments; resume it with "
                       "resume=true, or give this one another name"));
    }
    if (!place.taken) {
      Sweep sweep;
      sweep.id = place.id;
      sweep.name = name.empty() ? absl::StrCat("sweep-", place.id.substr(0, 6)) : name;
      sweep.created_at = now;
      sweep.spec_source = spec.source;
      sweep.dropped = plan.dropped;
      sweep.analyze = spec.analyze;
      sweep.scheduling = spec.scheduling;
      sweep.no_cache = no_cache;
      sweep.trace_id = trace_id;
      FF_TRY(tx.AddSweep(sweep, plan.content));
      int taken_over = 0;
      const auto cache = no_cache ? std::nullopt : std::optional<std::string>(options_.version);
      FF_TRY(AddExperiments(tx, place.id, now, cache, plan.experiments, &taken_over));
      if (taken_over > 0) FF_TRY(tx.MarkFitDue(place.id));
      FF_TRY(tx.AddEvent({0, now, place.id, "", 0, "created",
                          absl::StrCat(plan.experiments.size(), " experiments, ", taken_over,
                                       " of them finished in other sweeps")}));
      if (taken_over == static_cast<int>(plan.experiments.size())) {
        FF_TRY(tx.SetSweepState(place.id, SweepState::kFinished, now));
        FF_TRY(tx.AddEvent({0, now, place.id, "", 0, "finished", "nothing was left to train"}));
      }
    }
    if (!place.taken && !request_id.empty()) {
      FF_TRY(tx.AddRequest(request_id, place.id, now, now - kRequestsKept));
    }
    if (place.taken && spec.analyze) FF_TRY(TakeOptions(tx, place.id, *spec.analyze));
    outcome.created = !place.taken;
    FF_TRY_ASSIGN(outcome.sweep, LoadSweep(tx, place.id));
    return absl::OkStatus();
  }));
  return outcome;
}

}  // namespace ff::coordinator
