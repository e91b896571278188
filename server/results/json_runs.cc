// The JSON readers of read_runs.h: nlohmann's streaming parser, so that no document is ever
// whole in memory. Its errors come back through parse_error; nothing is thrown.
#include <cmath>
#include <deque>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/results/json_curve.h"
#include "server/results/json_text.h"
#include "server/results/read_runs.h"
#include "server/results/table_builder.h"

namespace ff::results {
namespace {

constexpr size_t kMostKeys = 256;
constexpr int kDeepest = 100;

// Where in the document the parser is. A "skipped" value is one that cannot hold runs: a
// list or object inside a row, or beside the list of runs.
enum class Where { kTop, kOuterObject, kList, kRow, kCurve, kSkipped, kDone };

class RunsHandler {
 public:
  using Json = nlohmann::json;

  // `lines`: every object at the top is a run, as in JSON lines.
  RunsHandler(std::string file, JsonText* text, const ReadOptions& options, bool lines)
      : file_(std::move(file)), text_(text), builder_(file_, options), lines_(lines) {}

  bool null() { return Scalar({}); }
  bool boolean(bool value) { return Text(value ? "true" : "false"); }
  bool number_integer(int64_t value) { return Number(static_cast<double>(value)); }
  bool number_unsigned(uint64_t value) { return Number(static_cast<double>(value)); }
  bool number_float(double value, const std::string&) { return Number(value); }
  bool string(std::string& value) { return Text(value); }
  bool binary(Json::binary_t&) { return Fail("binary values are not read"); }

  bool start_object(size_t) {
    if (BeginsCurve()) return BeginCurve();
    switch (where_) {
      case Where::kCurve:
        return curve_.Begin(JsonCurve::kObject) || NotACurve();
      case Where::kTop:
        if (lines_) return BeginRow();
        where_ = Where::kOuterObject;
        return true;
      case Where::kList:
        return BeginRow();
      default:
        return Skip();
    }
  }

  bool start_array(size_t) {
    if (BeginsCurve()) return BeginCurve(JsonCurve::kList);
    if (lines_ && where_ == Where::kTop) return Fail("not an object; one run a line is read");
    switch (where_) {
      case Where::kCurve:
        return curve_.Begin(JsonCurve::kList) || NotACurve();
      case Where::kTop:
        where_ = Where::kList;
        return true;
      case Where::kOuterObject:
        where_ = Where::kList;
        rows_in_list_ = 0;
        in_outer_object_ = true;
        return true;
      case Where::kList:
        return NotARun();
      default:
        return Skip();
    }
  }

  bool key(std::string& name) {
    if (where_ == Where::kCurve) curve_.Key(name);
    if (where_ != Where::kRow) return true;
    curve_next_ = absl::EqualsIgnoreCase(name, "curve");
    if (curve_next_) return true;
    column_ = builder_.AddColumn(name);
    if (column_ >= kMostKeys) {
      return Fail(absl::StrCat("runs with more than ", kMostKeys, " different keys"));
    }
    if (cells_.size() <= column_) cells_.resize(column_ + 1), texts_.resize(column_ + 1);
    return true;
  }

  bool end_object() {
    if (where_ == Where::kSkipped) return EndSkipped();
    if (where_ == Where::kCurve) return EndInCurve();
    if (where_ == Where::kOuterObject) where_ = Where::kDone;
    if (where_ != Where::kRow) return true;
    where_ = lines_ ? Where::kTop : Where::kList;
    return EndRow();
  }

  bool end_array() {
    if (where_ == Where::kSkipped) return EndSkipped();
    if (where_ == Where::kCurve) return EndInCurve();
    if (rows_in_list_ > 0 && in_outer_object_) ++lists_with_rows_;
    where_ = in_outer_object_ ? Where::kOuterObject : Where::kDone;
    if (lists_with_rows_ > 1) return Fail("there are two lists of objects; which one is the runs?");
    return true;
  }

  bool parse_error(size_t, const std::string&, const Json::exception& error) {
    const std::string what = error.what();
    const size_t known = what.find("syntax error");
    return Fail(absl::StrCat("not JSON: ",
                             what.substr(known == std::string::npos ? 0 : known).substr(0, 200)));
  }

  // Notes the error and stops the parser.
  bool Fail(absl::string_view what) {
    if (!status_.ok()) return false;
    // An early end of the text has a reason of its own, which says more than the parser's.
    const std::string reason(text_->status().ok() ? what : text_->status().message());
    status_ = absl::InvalidArgumentError(
        absl::StrCat(file_, ":", text_->line(), ":", text_->column(), ": ", reason));
    return false;
  }

  absl::StatusOr<RunFile> Finish() {
    if (!status_.ok()) return status_;
    if (builder_.rows() == 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          file_,
          ": no runs; a list of objects with params_n, tokens_d, flops_c and loss is read, or one "
          "such object a line (of pandas: to_json(orient='records'))"));
    }
    return builder_.Finish();
  }

 private:
  bool BeginsCurve() const { return where_ == Where::kRow && curve_next_; }
  bool BeginCurve(JsonCurve::Kind kind = JsonCurve::kObject) {
    where_ = Where::kCurve;
    curve_next_ = false;
    return curve_.Begin(kind) || NotACurve();
  }
  bool EndInCurve() {
    if (curve_.End()) where_ = Where::kRow;
    return true;
  }
  bool NotACurve() {
    return Fail(
        "a curve is a list of points such as {\"tokens_d\": 1e6, \"loss\": 3.2}, or an "
        "object of lists");
  }

  bool BeginRow() {
    where_ = Where::kRow;
    ++rows_in_list_;
    row_line_ = text_->line();
    return true;
  }

  bool Skip() {
    if (where_ != Where::kSkipped) before_skip_ = where_;
    where_ = Where::kSkipped;
    return ++depth_ <= kDeepest || Fail("nested too deep for a list of runs");
  }
  bool EndSkipped() {
    if (--depth_ == 0) where_ = before_skip_;
    return true;
  }

  // A list beside others may be of anything; the list of runs, of objects alone.
  bool NotARun() {
    if (!in_outer_object_ || rows_in_list_ > 0) {
      return Fail("not an object; a list of runs is read");
    }
    before_skip_ = Where::kOuterObject;
    where_ = Where::kSkipped;
    depth_ = 1;
    return true;
  }

  bool Scalar(Cell cell) {
    if (where_ == Where::kTop) return Fail("not a list of runs");
    if (where_ == Where::kList) return NotARun();
    if (where_ == Where::kCurve) return curve_.Value(cell) || NotACurve();
    if (where_ != Where::kRow || curve_next_) return true;
    cell.line = text_->line();
    cell.column = text_->column();
    cells_[column_] = cell;
    return true;
  }
  bool Number(double value) {
    Cell cell;
    cell.number = value;
    cell.is_number = true;
    return Scalar(cell);
  }
  bool Text(const std::string& value) {
    if (where_ != Where::kRow || curve_next_) {
      Cell cell;
      cell.text = value;
      return Scalar(cell);
    }
    texts_[column_] = value;
    Cell cell;
    cell.text = texts_[column_];
    return Scalar(cell);
  }

  bool EndRow() {
    const bool curve = !curve_.empty();
    const CurveColumns columns = curve_.Take();
    if (curve) TakeFromLastPoint(columns);
    if (builder_.rows() == 0) status_ = builder_.SetRoles(row_line_);
    if (status_.ok()) status_ = builder_.AddRow(cells_, row_line_);
    if (status_.ok() && curve) status_ = builder_.AddCurve(columns, row_line_);
    cells_.assign(cells_.size(), Cell());
    return status_.ok();
  }

  // What the row does not say of its run is that of the curve's last point.
  void TakeFromLastPoint(const CurveColumns& curve) {
    const std::pair<Role, const std::vector<double>*> roles[] = {
        {Role::kTokens, &curve.tokens}, {Role::kCompute, &curve.flops}, {Role::kLoss, &curve.loss}};
    for (const auto& [role, values] : roles) {
      if (values->empty() || std::isnan(values->back()) || builder_.IsAsked(role)) continue;
      int column = builder_.FindRole(role);
      if (column < 0) column = static_cast<int>(builder_.AddColumn(NamesOf(role)[0]));
      const auto at = static_cast<size_t>(column);
      if (cells_.size() <= at) cells_.resize(at + 1), texts_.resize(at + 1);
      if (!cells_[at].is_number && cells_[at].text.empty()) {
        cells_[at] = {"", values->back(), true, row_line_, 1};
      }
    }
  }

  const std::string file_;
  JsonText* const text_;
  TableBuilder builder_;
  const bool lines_;
  absl::Status status_;
  Where where_ = Where::kTop, before_skip_ = Where::kTop;
  bool in_outer_object_ = false;
  int depth_ = 0, lists_with_rows_ = 0;
  size_t rows_in_list_ = 0, row_line_ = 0, column_ = 0;
  JsonCurve curve_;          // of the row
  bool curve_next_ = false;  // the row's next value is its curve
  std::vector<Cell> cells_;
  std::deque<std::string> texts_;  // of the cells
};

}  // namespace

absl::StatusOr<RunFile> ReadJsonRuns(const std::string& file, ByteSource source,
                                     const ReadOptions& options) {
  JsonText text(std::move(source), options.longest_cell);
  RunsHandler handler(file, &text, options, false);
  nlohmann::json::sax_parse(text.begin(), text.end(), &handler);
  if (!text.status().ok() && !absl::IsInvalidArgument(text.status())) return text.status();
  // Behind a complete document the parser takes an early end for the end.
  if (!text.status().ok()) handler.Fail("");
  return handler.Finish();
}

absl::StatusOr<RunFile> ReadJsonLinesRuns(const std::string& file, ByteSource source,
                                          const ReadOptions& options) {
  JsonText text(std::move(source), options.longest_cell);
  RunsHandler handler(file, &text, options, true);
  const auto skip_spaces = [&text] {
    while (!text.AtEnd() && absl::ascii_isspace(static_cast<unsigned char>(text.Byte()))) {
      text.Take();
    }
  };
  // Not strict: the parser leaves what stands behind the object to the next round.
  for (skip_spaces(); !text.AtEnd(); skip_spaces()) {
    constexpr bool kStrict = false;
    if (!nlohmann::json::sax_parse(text.begin(), text.end(), &handler,
                                   nlohmann::json::input_format_t::json, kStrict)) {
      break;
    }
  }
  if (!text.status().ok() && !absl::IsInvalidArgument(text.status())) return text.status();
  if (!text.status().ok()) handler.Fail("");
  return handler.Finish();
}

}  // namespace ff::results
