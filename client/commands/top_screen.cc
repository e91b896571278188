#include "client/commands/top_screen.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "client/print/numbers.h"
#include "client/print/progress.h"
#include "client/print/table.h"
#include "client/print/words.h"

namespace ff::client {
namespace {

constexpr int kSweeps = 6;

void Append(const Table& table, size_t width, const Style& style, std::vector<std::string>* lines) {
  for (absl::string_view line :
       absl::StrSplit(table.Render(width, style), '\n', absl::SkipEmpty())) {
    lines->emplace_back(line);
  }
}

Table SweepsOf(const TopFacts& facts) {
  Table table({{"SWEEP"},
               {"NAME"},
               {"STATE"},
               {"PROGRESS"},
               {"DONE", Align::kRight},
               {"RUNNING", Align::kRight},
               {"FAILED", Align::kRight},
               {"ETA", Align::kRight}});
  int shown = 0;
  for (const v1::Sweep& sweep : facts.sweeps.sweeps()) {
    if (shown++ == kSweeps) break;
    const double share = sweep.total_flops() > 0
                             ? std::clamp(sweep.done_flops() / sweep.total_flops(), 0.0, 1.0)
                             : 0;
    table.Add(
        {sweep.id(), sweep.name(), StateWord(sweep.state()),
         absl::StrCat(ProgressBar(share, 12), absl::StrFormat(" %3.0f %%", 100 * share)),
         absl::StrCat(sweep.counts().finished(), "/", sweep.counts().total()),
         absl::StrCat(sweep.counts().running() + sweep.counts().leased()),
         absl::StrCat(sweep.counts().failed()),
         sweep.state() == v1::SWEEP_STATE_ACTIVE ? SecondsCell(sweep.eta_seconds()) : Cell("-")});
  }
  return table;
}

Table WorkersOf(const TopFacts& facts, absl::Time now) {
  Table table({{"WORKER"},
               {"STATE"},
               {"DEVICES"},
               {"RUNNING", Align::kRight},
               {"FINISHED", Align::kRight},
               {"FAILED", Align::kRight},
               {"SEEN", Align::kRight}});
  for (const v1::Worker& worker : facts.workers.workers()) {
    std::string devices;
    for (const v1::Device& device : worker.devices()) {
      absl::StrAppend(&devices, devices.empty() ? "" : ", ", device.id(), " ",
                      device.slots() - device.free_slots(), "/", device.slots());
    }
    const double age =
        absl::ToDoubleSeconds(now - absl::FromUnixSeconds(worker.last_seen().seconds()));
    table.Add({worker.name(),
               !worker.alive()             ? "silent"
               : worker.cordoned().empty() ? "alive"
                                           : "cordoned",
               devices, absl::StrCat(worker.experiment_ids_size()), absl::StrCat(worker.finished()),
               absl::StrCat(worker.failed()), SecondsCell(std::max(age, 0.0))});
  }
  return table;
}

Table RunningOf(const TopFacts& facts) {
  Table table({{"EXPERIMENT"},
               {"BUDGET", Align::kRight},
               {"N", Align::kRight},
               {"PROGRESS"},
               {"LOSS", Align::kRight},
               {"TOKENS/S", Align::kRight},
               {"WORKER"}});
  for (const v1::Experiment& one : facts.running) {
    const auto steps = static_cast<double>(std::max<int64_t>(one.plan().steps(), 1));
    const double share = std::clamp(static_cast<double>(one.step()) / steps, 0.0, 1.0);
    table.Add({one.id().substr(0, 12), FlopsCell(one.budget_flops()),
               CountCell(static_cast<double>(one.plan().parameters())),
               absl::StrCat(ProgressBar(share, 12), absl::StrFormat(" %3.0f %%", 100 * share)),
               one.last_loss() != 0 ? NumberCell(one.last_loss(), 4) : Cell("-"),
               CountCell(one.tokens_per_second()), one.worker_id()});
  }
  return table;
}

}  // namespace

std::vector<std::string> TopScreen(const TopFacts& facts, absl::Time now, size_t width,
                                   size_t height, const Style& style) {
  int running = 0, alive = 0;
  for (const v1::Sweep& sweep : facts.sweeps.sweeps()) running += sweep.counts().running();
  for (const v1::Worker& worker : facts.workers.workers()) alive += worker.alive() ? 1 : 0;
  std::vector<std::string> lines;
  lines.push_back(style.Bold(Truncate(
      absl::StrCat("ffctl top  ", absl::FormatTime("%H:%M:%S", now, absl::LocalTimeZone()), "  ",
                   VisibleLine(facts.address), "  ", facts.sweeps.total(), " sweeps, ", running,
                   " running, ", alive, "/", facts.workers.workers_size(), " workers"),
      width)));
  if (!facts.away.empty()) {
    lines.push_back(style.Red(Truncate("no answer: " + VisibleLine(facts.away), width)));
  }
  lines.emplace_back();
  Append(SweepsOf(facts), width, style, &lines);
  lines.emplace_back();
  Append(WorkersOf(facts, now), width, style, &lines);
  lines.emplace_back();
  Append(RunningOf(facts), width, style, &lines);
  if (lines.size() > height) lines.resize(height);
  return lines;
}

}  // namespace ff::client
