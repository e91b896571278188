#include "server/results/json_curve.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "server/results/columns.h"
#include "server/results/number.h"

namespace ff::results {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

constexpr size_t kMostKnown = 64;

// Only what a curve is made of is kept: a file may have any number of other names.
bool HasRole(const std::string& name) {
  for (const Role role : {Role::kTokens, Role::kCompute, Role::kLoss}) {
    if (FindColumn(role, {name}) >= 0) return true;
  }
  return false;
}

}  // namespace

void JsonCurve::Key(const std::string& name) {
  any_ = true;
  column_ = -1;
  const auto known = std::find_if(known_.begin(), known_.end(),
                                  [&name](const auto& one) { return one.first == name; });
  const bool kept = known != known_.end() ? known->second : HasRole(name);
  if (known == known_.end() && known_.size() < kMostKnown) known_.emplace_back(name, kept);
  if (!kept) return;
  const std::string lower = absl::AsciiStrToLower(name);
  const auto it = std::find(names_.begin(), names_.end(), lower);
  column_ = static_cast<int>(it - names_.begin());
  if (it != names_.end()) return;
  names_.push_back(lower);
  columns_.emplace_back();
}

bool JsonCurve::Begin(Kind kind) {
  if (++depth_ == 1) {
    outer_ = kind;
    return true;
  }
  // Inside a list there are points, inside an object columns, and nothing inside those.
  if (depth_ > 2 || kind == outer_) return false;
  if (outer_ == kList) ++points_;
  return true;
}

bool JsonCurve::Value(const Cell& cell) {
  if (depth_ != 2) return false;
  if (column_ < 0) return true;
  const double number = cell.is_number ? cell.number : ParseNumber(cell.text).value_or(kNaN);
  std::vector<double>& column = columns_[static_cast<size_t>(column_)];
  if (outer_ == kObject) {
    column.push_back(number);
    return true;
  }
  column.resize(points_ - 1, kNaN);
  column.push_back(number);
  return true;
}

bool JsonCurve::End() { return --depth_ == 0; }

CurveColumns JsonCurve::Take() {
  size_t points = points_;
  for (const std::vector<double>& column : columns_) points = std::max(points, column.size());
  const auto take = [&](Role role) {
    const int at = FindColumn(role, names_);
    std::vector<double> column;
    if (at >= 0) column = std::move(columns_[static_cast<size_t>(at)]);
    column.resize(points, kNaN);
    return column;
  };
  CurveColumns curve = {take(Role::kTokens), take(Role::kCompute), take(Role::kLoss)};
  std::vector<std::pair<std::string, bool>> known = std::move(known_);
  *this = JsonCurve();
  known_ = std::move(known);
  return curve;
}

}  // namespace ff::results
