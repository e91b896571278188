#include "client/print/progress.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/print/numbers.h"
#include "client/print/words.h"
#include "nlohmann/json.hpp"

namespace ff::client {
namespace {

constexpr absl::Duration kLineInterval = absl::Seconds(10);

double DoneShare(const v1::Sweep& sweep) {
  if (sweep.total_flops() <= 0) return 0;
  return std::clamp(sweep.done_flops() / sweep.total_flops(), 0.0, 1.0);
}

std::string Counts(const v1::StateCounts& counts) {
  std::string text = absl::StrCat(counts.finished(), "/", counts.total(), " finished");
  const int running = counts.running() + counts.leased();
  if (running > 0) absl::StrAppend(&text, ", ", running, " running");
  if (counts.failed() > 0) absl::StrAppend(&text, ", ", counts.failed(), " failed");
  if (counts.cancelled() > 0) absl::StrAppend(&text, ", ", counts.cancelled(), " cancelled");
  return text;
}

std::string Eta(const v1::Sweep& sweep) {
  if (sweep.state() == v1::SWEEP_STATE_PAUSED) return ", paused";
  if (sweep.state() != v1::SWEEP_STATE_ACTIVE) {
    return absl::StrCat(", ", StateWord(sweep.state()), sweep.fitting() ? ", fitting" : "");
  }
  return sweep.eta_seconds() >= 0 ? ", ETA " + HumanSeconds(sweep.eta_seconds()) : "";
}

std::string BudgetLine(const v1::BudgetProgress& budget) {
  std::string line =
      absl::StrFormat("  %-9s %s", Scientific(budget.budget_flops()), Counts(budget.counts()));
  if (budget.counts().finished() > 0 && std::isfinite(budget.best_loss())) {
    absl::StrAppend(&line, ", best ", Fixed(budget.best_loss(), 4), " at ",
                    HumanCount(budget.best_parameters()));
  }
  return line;
}

}  // namespace

// Eighths of a block make a short bar move visibly.
std::string ProgressBar(double share, size_t width) {
  static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<size_t>(std::lround(share * 8 * static_cast<double>(width)));
  std::string bar;
  for (size_t i = 0; i < eighths / 8; ++i) bar += "█";
  bar += kEighths[eighths % 8];
  const size_t drawn = DisplayWidth(bar);
  return absl::StrCat("▕", bar, std::string(width - std::min(width, drawn), ' '), "▏");
}

std::string ProgressLine(const v1::Sweep& sweep) {
  return VisibleLine(absl::StrCat("sweep ", sweep.id(), ": ", Counts(sweep.counts()), ", ",
                                  Fixed(100 * DoneShare(sweep), 0), " % of compute", Eta(sweep)));
}

std::vector<std::string> ProgressBoard(const v1::Sweep& sweep, size_t width, const Style& style) {
  const size_t bar_width = width >= 90 ? 30 : 12;
  const std::string percent = absl::StrFormat("%3.0f %%", 100 * DoneShare(sweep));
  const std::string text = absl::StrCat(ProgressBar(DoneShare(sweep), bar_width), " ", percent,
                                        "  ", Counts(sweep.counts()), Eta(sweep));
  std::vector<std::string> lines = {style.Bold(Truncate(text, width))};
  for (const v1::BudgetProgress& budget : sweep.budgets()) {
    const std::string line = Truncate(BudgetLine(budget), width);
    const bool done = budget.counts().finished() == budget.counts().total();
    lines.push_back(budget.counts().failed() > 0 ? style.Red(line)
                    : done                       ? style.Green(line)
                                                 : line);
  }
  return lines;
}

std::string ProgressJson(const v1::Sweep& sweep) {
  const v1::StateCounts& counts = sweep.counts();
  const nlohmann::ordered_json line = {
      {"sweep", sweep.id()},
      {"state", StateWord(sweep.state())},
      {"finished", counts.finished()},
      {"running", counts.running() + counts.leased()},
      {"failed", counts.failed()},
      {"total", counts.total()},
      {"done", DoneShare(sweep)},
      {"eta_seconds", sweep.eta_seconds() >= 0 ? nlohmann::ordered_json(sweep.eta_seconds())
                                               : nlohmann::ordered_json(nullptr)}};
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Board::Board(std::ostream& stream, ProgressMode mode, size_t width, Style style)
    : stream_(stream), mode_(mode), width_(width), style_(style) {}

void Board::Erase() {
  if (drawn_ > 0) stream_ << "\x1b[" << drawn_ << "A\x1b[J";
  drawn_ = 0;
}

void Board::Show(const v1::Sweep& sweep, absl::Time now) {
  if (mode_ == ProgressMode::kNone) return;
  if (mode_ != ProgressMode::kBoard) {
    if (now - last_line_ < kLineInterval && sweep.state() == last_state_) return;
    last_line_ = now;
    last_state_ = sweep.state();
    stream_ << (mode_ == ProgressMode::kJson ? ProgressJson(sweep) : ProgressLine(sweep)) << "\n"
            << std::flush;
    return;
  }
  Erase();
  lines_ = ProgressBoard(sweep, width_, style_);
  for (const std::string& line : lines_) stream_ << line << "\n";
  drawn_ = lines_.size();
  stream_ << std::flush;
}

void Board::Note(const std::string& line) {
  Erase();
  stream_ << VisibleLine(line) << "\n";
  for (const std::string& drawn : lines_) stream_ << drawn << "\n";
  drawn_ = lines_.size();
  stream_ << std::flush;
}

void Board::Finish() {
  drawn_ = 0;
  lines_.clear();
}

}  // namespace ff::client
