// ffctl top: what runs, live; once where standard output is no terminal.
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/commands/top_screen.h"

namespace ff::client {
namespace {

constexpr absl::Duration kEvery = absl::Seconds(1);
constexpr int kRunningSweeps = 4, kRunning = 30;

absl::Status Load(CoordinatorClient& client, TopFacts* facts) {
  absl::StatusOr<v1::ListSweepsResponse> sweeps = client.ListSweeps();
  if (!sweeps.ok()) return sweeps.status();
  absl::StatusOr<v1::ListWorkersResponse> workers = client.ListWorkers();
  if (!workers.ok()) return workers.status();
  std::vector<v1::Experiment> running;
  int looked = 0;
  for (const v1::Sweep& sweep : sweeps->sweeps()) {
    if (sweep.counts().running() == 0 || looked++ == kRunningSweeps) continue;
    v1::ListExperimentsRequest request;
    request.set_sweep(sweep.id());
    request.add_states(v1::EXPERIMENT_STATE_RUNNING);
    request.set_brief(true);
    request.set_limit(kRunning);
    absl::StatusOr<v1::ListExperimentsResponse> page = client.ListExperiments(request);
    if (!page.ok()) return page.status();
    for (const v1::Experiment& one : page->experiments()) running.push_back(one);
  }
  facts->sweeps = *std::move(sweeps);
  facts->workers = *std::move(workers);
  facts->running = std::move(running);
  return absl::OkStatus();
}

// Whether to leave: ^C, q or Escape within the time.
bool Leaves(Session& session) {
  const auto key = session.key();
  if (key) {
    const char pressed = key(kEvery);
    return session.interrupted() || pressed == 'q' || pressed == 'Q' || pressed == '\x1b';
  }
  const absl::Time until = absl::Now() + kEvery;
  while (absl::Now() < until && !session.interrupted()) absl::SleepFor(absl::Milliseconds(50));
  return session.interrupted();
}

absl::StatusOr<Exit> Run(Session& session, const Arguments&) {
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  TopFacts facts;
  facts.address = (*client)->address();
  absl::Status loaded = Load(**client, &facts);
  if (!loaded.ok()) return loaded;
  const bool live = session.table_width() > 0;
  if (!live) {
    for (const std::string& line : TopScreen(facts, absl::Now(), 200, 10000, session.out_style())) {
      session.out() << line << "\n";
    }
    return Exit::kOk;
  }
  session.CatchInterrupt();
  session.out() << "\x1b[?1049h\x1b[?25l";  // the other screen, no cursor
  do {
    loaded = Load(**client, &facts);
    facts.away = loaded.ok() ? "" : std::string(loaded.message());
    session.out() << "\x1b[H";
    for (const std::string& line : TopScreen(facts, absl::Now(), session.width(),
                                             session.height() - 1, session.out_style())) {
      session.out() << line << "\x1b[K\r\n";
    }
    session.out() << "\x1b[J" << session.out_style().Dim("q leaves; what runs goes on")
                  << std::flush;
  } while (!Leaves(session));
  session.out() << "\x1b[?25h\x1b[?1049l" << std::flush;
  return Exit::kOk;
}

}  // namespace

Command TopCommand() {
  return {.noun = "top",
          .summary = "Show sweeps, workers and what runs, live",
          .details = "q or ^C leaves. Where standard output is no terminal it prints once.",
          .run = Run};
}

}  // namespace ff::client
