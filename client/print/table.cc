#include "client/print/table.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/print/numbers.h"
#include "server/filter/near.h"
#include "server/filter/parse.h"

namespace ff::client {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kLeastWidth = 8;

std::string Padded(const std::string& text, size_t width, Align align) {
  const std::string padding(width - std::min(width, DisplayWidth(text)), ' ');
  return align == Align::kRight ? padding + text : text + padding;
}

// A leading = + - @ would be a formula in a spreadsheet; numbers keep their sign.
std::string CsvField(const std::string& text) {
  const bool formula = !text.empty() && (text[0] == '=' || text[0] == '@' || text[0] == '+');
  std::string field = formula ? "'" + text : text;
  if (field.find_first_of(",\"\n\r") == std::string::npos) return field;
  return absl::StrCat("\"", absl::StrReplaceAll(field, {{"\"", "\"\""}}), "\"");
}

const std::string& RawOf(const Cell& cell) { return cell.raw.empty() ? cell.text : cell.raw; }

bool IsAbsent(const Cell& cell) { return cell.text.empty() || cell.text == "-"; }

std::string FieldName(const Column& column) {
  return absl::StrReplaceAll(absl::AsciiStrToLower(column.name), {{" ", "_"}, {"/", "_"}});
}

}  // namespace

Cell CountCell(double count) { return {HumanCount(count), Exact(count)}; }
Cell FlopsCell(double flops) { return {Scientific(flops), Exact(flops)}; }
Cell SecondsCell(double seconds) { return {HumanSeconds(seconds), Exact(seconds)}; }
Cell BytesCell(double bytes) { return {HumanBytes(bytes), Exact(bytes)}; }
Cell NumberCell(double value, int decimals) { return {Fixed(value, decimals), Exact(value)}; }

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::Add(std::vector<Cell> cells) {
  for (Cell& cell : cells) {
    cell.text = VisibleLine(cell.text);
    cell.raw = VisibleLine(cell.raw);
  }
  rows_.push_back(std::move(cells));
}

std::vector<size_t> Table::Widths(size_t limit) const {
  std::vector<size_t> widths;
  for (const Column& column : columns_) widths.push_back(DisplayWidth(column.name));
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(row[i].text));
    }
  }
  if (limit == 0) return widths;
  const auto total = [&] {
    return std::accumulate(widths.begin(), widths.end(), kGap * (widths.size() - 1));
  };
  while (total() > limit) {
    size_t widest = columns_.size();
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].align == Align::kRight || widths[i] <= kLeastWidth) continue;
      if (widest == columns_.size() || widths[i] > widths[widest]) widest = i;
    }
    if (widest == columns_.size()) break;  // nothing left to cut: let the terminal wrap
    widths[widest] -= std::min(total() - limit, widths[widest] - kLeastWidth);
  }
  return widths;
}

std::string Table::Render(size_t width, const Style& style, bool header) const {
  const std::vector<size_t> widths = Widths(width);
  const auto line = [&](const auto& text_of) {
    std::string out;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) out.append(kGap, ' ');
      out += Padded(Truncate(text_of(i), widths[i]), widths[i], columns_[i].align);
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return out;
  };
  std::string out;
  if (header) out = style.Bold(line([&](size_t i) { return columns_[i].name; })) + "\n";
  for (const auto& row : rows_) {
    out += line([&](size_t i) { return row[i].text; }) + "\n";
  }
  return out;
}

std::string Table::Csv(bool header) const {
  std::string out;
  for (size_t i = 0; header && i < columns_.size(); ++i) {
    absl::StrAppend(&out, i > 0 ? "," : "", CsvField(absl::AsciiStrToLower(columns_[i].name)));
  }
  if (header) out += "\n";
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) {
      absl::StrAppend(&out, i > 0 ? "," : "", CsvField(RawOf(row[i])));
    }
    out += "\n";
  }
  return out;
}

std::vector<filter::Field> Table::Fields() const {
  std::vector<filter::Field> fields;
  for (size_t i = 0; i < columns_.size(); ++i) {
    bool numbers = columns_[i].align == Align::kRight;
    double number = 0;
    for (const auto& row : rows_) {
      numbers = numbers && (IsAbsent(row[i]) || filter::ParseNumber(RawOf(row[i]), &number));
    }
    fields.push_back(
        {FieldName(columns_[i]), numbers ? filter::Type::kNumber : filter::Type::kText});
  }
  return fields;
}

filter::Value Table::ValueOf(size_t row, const std::string& field) const {
  filter::Value value;
  for (size_t i = 0; i < columns_.size(); ++i) {
    const Cell& cell = rows_[row][i];
    if (FieldName(columns_[i]) != field || IsAbsent(cell)) continue;
    value.text = RawOf(cell);
    double number = 0;
    if (filter::ParseNumber(*value.text, &number)) value.number = number;
  }
  return value;
}

Table Table::Narrow() const {
  std::vector<size_t> indices;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (!columns_[i].wide) indices.push_back(i);
  }
  return Only(indices);
}

Table Table::Only(const std::vector<size_t>& indices) const {
  std::vector<Column> columns;
  columns.reserve(indices.size());
  for (const size_t i : indices) columns.push_back(columns_[i]);
  Table chosen(std::move(columns));
  for (const auto& row : rows_) {
    std::vector<Cell>& cells = chosen.rows_.emplace_back();
    for (const size_t i : indices) cells.push_back(row[i]);
  }
  return chosen;
}

Table Table::Rows(const std::vector<size_t>& rows) const {
  Table chosen(columns_);
  for (const size_t row : rows) chosen.rows_.push_back(rows_[row]);
  return chosen;
}

absl::StatusOr<Table> Table::Columns(const std::vector<std::string>& names) const {
  std::vector<size_t> indices;
  std::vector<std::string> known;
  for (const Column& column : columns_) known.push_back(FieldName(column));
  for (const std::string& name : names) {
    const auto found = std::find(known.begin(), known.end(),
                                 FieldName({std::string(absl::StripAsciiWhitespace(name))}));
    if (found == known.end()) {
      const std::string near = filter::NearestWord(absl::AsciiStrToLower(name), known);
      return absl::InvalidArgumentError(
          absl::StrCat("there is no column '", name, "'\n",
                       near.empty() ? "" : absl::StrCat("did you mean '", near, "'? "),
                       "there are ", absl::StrJoin(known, ", ")));
    }
    indices.push_back(static_cast<size_t>(found - known.begin()));
  }
  return Only(indices);
}

}  // namespace ff::client
