// Rows of cells in, a RunTable out: what both readers share. Decides which column is what,
// reads numbers, derives a missing N, D or C from C = 6 N D, keeps every other column as a
// group column. For use by one thread.
#pragma once

#include <array>
#include <deque>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/results/columns.h"
#include "server/results/read_runs.h"

namespace ff::results {

// A run's training curve in columns of one length; NaN where a point does not say.
struct CurveColumns {
  std::vector<double> tokens, flops, loss;
};

// One cell; a default one is empty.
struct Cell {
  absl::string_view text;
  double number = 0;  // where is_number
  bool is_number = false;
  size_t line = 0, column = 0;
};

class TableBuilder {
 public:
  // `file` names the source in errors.
  TableBuilder(std::string file, ReadOptions options);

  // All columns at once, or (JSON) one after another while rows come. A name that is there
  // already gives its index. Roles are settled by SetRoles.
  size_t AddColumn(const std::string& name);

  // From the columns so far. INVALID_ARGUMENT: no loss, fewer than two of N, D and C, a
  // column that was asked for and is not there; lists what there is.
  absl::Status SetRoles(size_t line);

  // cells[i] belongs to column i; missing ones at the end are empty.
  // INVALID_ARGUMENT: text where a number belongs.
  absl::Status AddRow(const std::vector<Cell>& cells, size_t line);

  // Of the row added last, which may have been left out: then nothing is added.
  // INVALID_ARGUMENT: neither tokens nor flops, or no loss.
  absl::Status AddCurve(CurveColumns curve, size_t line);

  // The column that plays the role so far by its name; -1: none.
  int FindRole(Role role) const { return FindColumn(role, names_); }
  // Who reads the file has said which column plays the role.
  bool IsAsked(Role role) const;

  size_t rows() const { return rows_; }
  RunFile Finish();

 private:
  struct Group {
    bool wanted = true;  // false: it has a role, or too many different words
    GroupColumn column;
    absl::flat_hash_map<std::string, int32_t> code_of;
    int32_t last = -1;  // the row before; columns often repeat themselves
  };

  const ColumnUse& Use(Role role) const { return uses_[static_cast<size_t>(role)]; }
  absl::Status ChooseColumns();
  absl::Status Number(Role role, const std::vector<Cell>& cells, double* value) const;
  absl::string_view Text(Role role, const std::vector<Cell>& cells, std::string* storage) const;
  bool SaysItFailed(const std::vector<Cell>& cells, const std::string& run_id);
  bool Has(Role role, const std::vector<Cell>& cells) const;
  void DeriveMissing(const std::vector<Cell>& cells, double* n, double* d, double* c);
  void AddToGroups(const std::vector<Cell>& cells);
  // curve_rows.cc: the row as a point of its run's curve.
  struct Point {
    double n, d, c, loss, budget;
  };
  absl::Status AddPoint(const std::string& run_id, const Point& point,
                        const std::vector<Cell>& cells, size_t line);
  void AddRun(std::string run_id, const Point& run, const std::vector<Cell>& cells);
  void DropFailed();
  void NoteCurves();
  void GiveUp(Group* group);
  void NoteColumns();

  const std::string file_;
  const ReadOptions options_;
  std::vector<std::string> names_;
  absl::flat_hash_map<std::string, size_t> index_of_;
  std::array<ColumnUse, kRoles> uses_;
  std::deque<Group> groups_;  // one a column
  RunFile out_;
  size_t rows_ = 0;
  std::array<size_t, 3> derived_ = {0, 0, 0};  // N, D, C: rows
  bool row_kept_ = false;                      // the last one
  bool rows_are_points_ = false;
  absl::flat_hash_map<std::string, size_t> run_of_;  // by id: row of the table, where they are
  absl::flat_hash_set<std::string> failed_;          // ids, where they are
};

}  // namespace ff::results
