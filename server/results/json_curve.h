// The value of a run's "curve" in JSON while it is parsed: a list of points (objects) or an
// object of columns (lists). Both become columns. For use by one thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "server/results/table_builder.h"

namespace ff::results {

class JsonCurve {
 public:
  enum Kind { kObject, kList };

  // A list or object opens, the first time the curve itself. False: it has no place here.
  bool Begin(Kind kind);
  void Key(const std::string& name);
  // False: no place for a value here. One that is no number counts as NaN.
  bool Value(const Cell& cell);
  // The innermost list or object closes. True: it was the curve itself.
  bool End();

  bool empty() const { return !any_; }
  // The columns by their names (columns.h), and forgets everything. Other columns are not kept.
  CurveColumns Take();

 private:
  bool any_ = false;  // anything at all in it
  int depth_ = 0;
  Kind outer_ = kList;
  int column_ = -1;                                  // -1: one that is not kept
  size_t points_ = 0;                                // of a list, those begun
  std::vector<std::pair<std::string, bool>> known_;  // names met in any curve: kept or not
  std::vector<std::string> names_;
  std::vector<std::vector<double>> columns_;
};

}  // namespace ff::results
