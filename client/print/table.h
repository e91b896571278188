// A table of text: aligned columns for people, CSV for programs. A cell has what people
// read and, where that was rounded, what programs read. Text is made visible (text.h) on
// entry. A plain value: build it, render it; not for use from two threads at once.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/print/text.h"
#include "server/filter/condition.h"
#include "server/filter/evaluate.h"

namespace ff::client {

struct Cell {
  Cell(std::string text) : text(std::move(text)) {}  // NOLINT: implicit on purpose
  Cell(const char* text) : text(text) {}             // NOLINT: implicit on purpose
  Cell(std::string text, std::string raw) : text(std::move(text)), raw(std::move(raw)) {}
  std::string text;
  std::string raw;  // for CSV; empty: the same as text
};

// Raw numbers beside their human form.
Cell CountCell(double count);
Cell FlopsCell(double flops);
Cell SecondsCell(double seconds);
Cell BytesCell(double bytes);
Cell NumberCell(double value, int decimals);

enum class Align { kLeft, kRight };
struct Column {
  std::string name;
  Align align = Align::kLeft;
  bool wide = false;  // for people only where they ask for all there is
};

class Table {
 public:
  explicit Table(std::vector<Column> columns);

  // As many cells as there are columns.
  void Add(std::vector<Cell> cells);

  bool empty() const { return rows_.empty(); }
  size_t size() const { return rows_.size(); }

  // Columns two spaces apart. `width` 0: as wide as it is; else the widest left-aligned
  // column is cut with an ellipsis until the table fits (never below 8 columns).
  std::string Render(size_t width, const Style& style, bool header = true) const;

  // RFC 4180 with raw values; the header is the column names in lower case.
  std::string Csv(bool header = true) const;

  // The columns as fields of conditions, in lower case with _ for spaces: numbers where every
  // cell that is not empty or "-" is one.
  std::vector<filter::Field> Fields() const;
  filter::Value ValueOf(size_t row, const std::string& field) const;

  // Without the wide columns.
  Table Narrow() const;
  // The rows of these indices, in this order.
  Table Rows(const std::vector<size_t>& rows) const;
  // The columns of these names (as in Fields), in this order. INVALID_ARGUMENT: there is none of
  // a name; says the nearest.
  absl::StatusOr<Table> Columns(const std::vector<std::string>& names) const;

 private:
  std::vector<size_t> Widths(size_t limit) const;
  Table Only(const std::vector<size_t>& indices) const;  // these columns, in this order

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace ff::client
