// ffctl train: create the sweep, or take up the one of the same content, and follow it.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/analysis/rate_text.h"
#include "client/commands/all.h"
#include "client/commands/follow.h"
#include "client/commands/support.h"
#include "client/files.h"
#include "client/print/numbers.h"
#include "client/print/words.h"
#include "client/sweep_request.h"

namespace ff::client {
namespace {

// trainer.paths.sweep: train only what that file planned.
absl::Status CheckPlanFile(Session& session, CoordinatorClient& client, const v1::SweepSpec& spec) {
  const std::string& path = spec.trainer().paths().sweep();
  if (path.empty()) return absl::OkStatus();
  const absl::StatusOr<std::string> text = ReadFile(AbsolutePath(path, session.cwd()));
  if (!text.ok()) {
    return WithNext(text.status(), "ffctl plan   writes it; run it first, with the same settings");
  }
  v1::PlanSweepRequest request;
  *request.mutable_spec() = spec;
  const absl::StatusOr<v1::SweepPreview> preview = client.PlanSweep(request);
  if (!preview.ok()) return preview.status();
  return CheckAgainstSweepJson(*preview, *text, path);
}

absl::StatusOr<v1::Sweep> CreateOrTakeUp(Session& session, CoordinatorClient& client,
                                         const v1::SweepSpec& spec, const std::string& name,
                                         bool no_cache) {
  v1::CreateSweepRequest request;
  request.set_name(name);
  request.set_no_cache(no_cache);
  *request.mutable_spec() = spec;
  request.set_must_be_new(!spec.trainer().resume());
  absl::StatusOr<v1::CreateSweepResponse> response = client.CreateSweep(request);
  if (absl::IsAlreadyExists(response.status())) {
    return WithNext(response.status(), "resume=true takes it up; trainer.seed=N makes another");
  }
  if (!response.ok()) return response.status();
  const v1::Sweep& sweep = response->sweep();
  session.Note(absl::StrCat(response->created() ? "created sweep " : "taking up sweep ", sweep.id(),
                            ": ", Plural(sweep.counts().total(), "experiment"),
                            sweep.counts().finished() > 0
                                ? absl::StrCat(", ", sweep.counts().finished(), " done already")
                                : ""));
  if (sweep.state() != v1::SWEEP_STATE_PAUSED) return sweep;
  session.Note("it was paused: resuming it");
  return client.ResumeSweep(sweep.id());
}

Table BudgetTable(const v1::Sweep& sweep) {
  Table table({{"BUDGET", Align::kRight},
               {"FINISHED", Align::kRight},
               {"FAILED", Align::kRight},
               {"BEST LOSS", Align::kRight},
               {"AT N", Align::kRight}});
  for (const v1::BudgetProgress& budget : sweep.budgets()) {
    table.Add({FlopsCell(budget.budget_flops()),
               absl::StrCat(budget.counts().finished(), "/", budget.counts().total()),
               std::to_string(budget.counts().failed()), NumberCell(budget.best_loss(), 4),
               CountCell(budget.best_parameters())});
  }
  return table;
}

absl::Status WriteResults(Session& session, CoordinatorClient& client, const std::string& sweep,
                          const std::string& path) {
  const absl::StatusOr<v1::ExportSweepResponse> results = client.ExportSweep(sweep, "results_json");
  if (!results.ok()) return results.status();
  return WriteAndSay(session, path, results->content());
}

// Where learning rates are swept, a rate that diverges is a result and no failure.
bool SweepsRates(const v1::SweepSpec& spec) {
  return spec.planner().lr_schedule().sweep_size() > 1;
}

// False: nothing went wrong but rates that diverged.
bool ReportFailures(Session& session, CoordinatorClient& client, const std::string& sweep,
                    bool divergence_is_a_result) {
  constexpr int kShown = 10;
  v1::ListExperimentsRequest request;
  request.set_sweep(sweep);
  request.add_states(v1::EXPERIMENT_STATE_FAILED);
  const absl::StatusOr<v1::ListExperimentsResponse> failed = client.ListExperiments(request);
  if (!failed.ok()) {
    session.Warn(std::string(failed.status().message()));
    return true;
  }
  int diverged = 0, others = 0;
  for (const v1::Experiment& experiment : failed->experiments()) {
    if (divergence_is_a_result && experiment.failure().kind() == "diverged") {
      ++diverged;
    } else if (++others <= kShown) {
      session.Note(absl::StrCat("failed: ", experiment.id(), " (", experiment.failure().kind(),
                                ") ", VisibleLine(experiment.failure().message())));
    }
  }
  if (diverged > 0) {
    session.Note(absl::StrCat(Plural(diverged, "experiment"),
                              " diverged at its learning rate, which is a result of the sweep"));
  }
  const int64_t unlisted = std::max<int64_t>(failed->total() - failed->experiments_size(), 0);
  if (others == 0 && diverged > 0 && unlisted == 0) return false;
  if (const int64_t more = std::max(others - kShown, 0) + unlisted; more > 0) {
    session.Note(absl::StrCat("... and ", more, " more"));
  }
  session.Note(
      absl::StrCat("  next: ffctl experiment logs ID, then: ffctl experiment retry --failed ",
                   "--sweep ", sweep));
  return true;
}

absl::Status PrintRates(Session& session, CoordinatorClient& client, const std::string& sweep) {
  v1::ListExperimentsRequest request;
  request.set_sweep(sweep);
  const absl::StatusOr<v1::ListExperimentsResponse> all = client.ListExperiments(request);
  if (!all.ok()) return all.status();
  const scaling::RateTable rates = RatesOf(all->experiments(), false);
  session.out() << "\n"
                << RateLossTable(rates).Render(session.table_width(), session.out_style()) << "\n"
                << RateSummary(rates);
  return absl::OkStatus();
}

absl::StatusOr<Exit> Detach(Session& session, const v1::Sweep& sweep) {
  session.Note(absl::StrCat("\ndetached: sweep ", sweep.id(), " goes on without this terminal\n",
                            "  come back:  the same ffctl train command, or ffctl sweep get ",
                            sweep.id(), "\n  hold it:    ffctl sweep pause ", sweep.id()));
  return Exit::kInterrupted;
}

absl::StatusOr<Exit> Finish(Session& session, CoordinatorClient& client, const Followed& followed,
                            const v1::SweepSpec& spec) {
  const std::string& output = spec.trainer().paths().output();
  const v1::Sweep& sweep = followed.sweep;
  if (absl::Status status = WriteResults(session, client, sweep.id(), output); !status.ok()) {
    if (!followed.detached) return status;
    session.Warn(std::string(status.message()));
  }
  if (followed.detached) return Detach(session, sweep);
  const Table table = BudgetTable(sweep);
  if (!PrintForPrograms(session, sweep, table, {sweep.id()})) {
    session.out() << table.Render(session.table_width(), session.out_style());
    if (SweepsRates(spec)) {
      if (absl::Status status = PrintRates(session, client, sweep.id()); !status.ok()) {
        return status;
      }
    }
  }
  if (sweep.counts().failed() > 0 &&
      ReportFailures(session, client, sweep.id(), SweepsRates(spec))) {
    return Exit::kExperimentsFailed;
  }
  if (sweep.state() == v1::SWEEP_STATE_CANCELLED) {
    return Fail(absl::StatusCode::kFailedPrecondition,
                absl::StrCat("sweep ", sweep.id(), " was cancelled"), "its results so far are kept",
                "the same ffctl train again: a new sweep takes those results over");
  }
  session.Note("next: ffctl analyze");
  return Exit::kOk;
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const Words words = SplitWords(arguments.words);
  if (!words.others.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("ffctl train takes KEY=VALUE words, not '", words.others[0], "'"));
  }
  const absl::StatusOr<v1::FlopsFitConfig> config =
      ReadConfig(arguments, words.overrides, "trainer");
  if (!config.ok()) return config.status();
  absl::StatusOr<v1::SweepSpec> spec = MakeSweepSpec(*config, session.cwd());
  if (!spec.ok()) return spec.status();
  PairSettings settings = SettingsOf(*config);
  settings.must_train = true;
  const absl::StatusOr<CoordinatorClient*> client = session.Connect(settings, true);
  if (!client.ok()) return client.status();
  if (absl::Status status = CheckPlanFile(session, **client, *spec); !status.ok()) return status;
  if (absl::Status sent = UploadDataset(session, **client, &*spec); !sent.ok()) return sent;
  session.CatchInterrupt();  // from here on there is a sweep to come back to
  const absl::StatusOr<v1::Sweep> sweep =
      CreateOrTakeUp(session, **client, *spec, arguments.Get("name"), arguments.Has("no-cache"));
  if (!sweep.ok()) return sweep.status();
  absl::StatusOr<Followed> followed = FollowSweep(session, sweep->id(), settings);
  if (!followed.ok()) return followed.status();
  if (followed->sweep.id().empty()) followed->sweep = *sweep;  // ^C before the first answer
  return Finish(session, **client, *followed, *spec);
}

}  // namespace

Command TrainCommand() {
  std::vector<Flag> flags = SweepFlags();
  flags.push_back({"--name", "NAME", "name of a new sweep", false, {}});
  flags.push_back(
      {"--no-cache", "", "train everything again, whatever results there are", false, {}});
  return {.noun = "train",
          .summary = "Train a sweep and follow it: what is done is not done again",
          .words = "[KEY=VALUE...]",
          .max_words = -1,
          .flags = flags,
          .examples = {"ffctl train --preset cpu_fast",
                       "ffctl train --preset cpu_fast dataset.path=corpus.txt trainer.seed=7",
                       "ffctl train --preset cpu_fast --sweep-lr 0.25,0.5,1,2,4"},
          .details =
              "Creates the sweep, or takes up the one of the same content, and shows its\n"
              "progress on standard error. ^C detaches; training goes on. Ends by writing\n"
              "results.json to paths.output, with exit code 6 if experiments failed.\n"
              "--sweep-lr ends with a table of losses by learning rate and model; a rate that\n"
              "diverges is a result there, not a failure.",
          .run = Run,
          .answer = "Sweep"};
}

}  // namespace ff::client
