// How far a sweep is: a board that redraws itself in a terminal (bar, ETA, one line a
// budget), or one plain line every ten seconds elsewhere. ProgressLine and ProgressBoard
// are pure; Board writes to the stream it was given and belongs to one thread.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/print/text.h"
#include "ff/v1/sweep.pb.h"

namespace ff::client {

// "sweep 1a2b: 12/48 finished, 2 running, 1 failed, 34 % of compute, ETA 3m12s".
std::string ProgressLine(const v1::Sweep& sweep);

// A line for the sweep with a bar, then one a budget, none wider than `width` columns.
std::vector<std::string> ProgressBoard(const v1::Sweep& sweep, size_t width, const Style& style);

// A bar of `width` columns between two strokes, `share` of it full.
std::string ProgressBar(double share, size_t width);

// The same as an object in one line, for programs.
std::string ProgressJson(const v1::Sweep& sweep);

enum class ProgressMode { kBoard, kLines, kJson, kNone };

class Board {
 public:
  Board(std::ostream& stream, ProgressMode mode, size_t width, Style style);

  // Draws the present state; in line mode at most once every ten seconds unless the
  // sweep's state changed.
  void Show(const v1::Sweep& sweep, absl::Time now);

  // Prints a line of text above the board.
  void Note(const std::string& line);

  // Leaves what is drawn; the next output starts on a fresh line.
  void Finish();

 private:
  void Erase();

  std::ostream& stream_;
  const ProgressMode mode_;
  const size_t width_;
  const Style style_;
  size_t drawn_ = 0;  // lines on the screen
  absl::Time last_line_ = absl::InfinitePast();
  v1::SweepState last_state_ = v1::SWEEP_STATE_UNSPECIFIED;
  std::vector<std::string> lines_;
};

}  // namespace ff::client
