#include "server/scaling/valley.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace ff::scaling {
namespace {

using Column = std::vector<double>;

double Dot(const Column& a, const Column& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// Gram and Schmidt, twice for the digits the first pass loses.
void MakeOrthonormal(const std::vector<Column>& others, Column* column) {
  for (int pass = 0; pass < 2; ++pass) {
    for (const Column& other : others) {
      const double product = Dot(other, *column);
      for (size_t i = 0; i < other.size(); ++i) (*column)[i] -= product * other[i];
    }
  }
  const double norm = std::sqrt(Dot(*column, *column));
  for (double& value : *column) value /= norm;
}

}  // namespace

Valley FitValley(const std::vector<double>& log_sizes, const std::vector<double>& losses) {
  size_t sizes = 1;
  for (size_t i = 1; i < log_sizes.size(); ++i) sizes += log_sizes[i] != log_sizes[i - 1];
  const double middle = (log_sizes.front() + log_sizes.back()) / 2;
  const size_t degree = sizes >= 5 ? 3 : std::min<size_t>(2, sizes - 1);
  Valley valley;
  valley.fitted.assign(losses.size(), 0);
  valley.leverage.assign(losses.size(), 0);
  std::vector<Column> basis;
  for (size_t power = 0; power <= degree; ++power) {
    Column column;
    for (const double x : log_sizes) {
      column.push_back(std::pow(x - middle, static_cast<double>(power)));
    }
    MakeOrthonormal(basis, &column);
    const double product = Dot(column, losses);
    for (size_t i = 0; i < column.size(); ++i) {
      valley.fitted[i] += product * column[i];
      valley.leverage[i] += column[i] * column[i];
    }
    basis.push_back(std::move(column));
  }
  return valley;
}

}  // namespace ff::scaling
