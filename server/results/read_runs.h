// Finished runs out of a file that anybody may have written: CSV or JSON, one row a run.
// Both formats share the names of columns (columns.h) and say the same things about bad
// input. Reading streams: beside the table itself only a buffer, one row and the distinct
// words of each group column are kept (about 80 bytes a run with short ids, twice that while
// columns grow, 4 more a group column), so ten million rows fit. Nothing is dropped in silence: a
// row that is not used is in `excluded`, what was assumed is in `notes`. Thread-safe.
//
// A run may come with its training curve: in CSV as one row a point, told by a column `step` (or
// asked for), in JSON as the row's "curve", a list of points {"tokens_d", "flops_c", "loss"} or an
// object of such lists. What the row does not say of the run itself is that of its last point.
//
// CSV: RFC 4180 (quotes, doubled quotes, line breaks inside quotes), LF, CRLF or CR, with or
//   without a byte order mark; a comma, or a tab or semicolon where the header has no comma.
// JSON: a list of objects, flops-fit's results.json (also with Python's bare NaN and
//   Infinity), or an object with one such list under any name; or JSON lines, an object a run.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/domain/analysis.h"
#include "server/domain/run_table.h"
#include "server/results/byte_source.h"
#include "server/results/columns.h"

namespace ff::results {

struct ReadOptions {
  // Columns told by who reads the file; the others go by their names (columns.h).
  std::vector<AskedColumn> columns;
  // Column with the budget a run belongs to (an empty cell: to none). Empty: the first there
  // is of isoflop_budget, compute_budget and budget_flops.
  std::string budget_column;
  // CSV: rows of one run are the points of its training curve, also without a column `step`.
  bool curves = false;
  // A cell or key longer than this is an error, not an allocation.
  size_t longest_cell = size_t{1} << 20;
};

struct RunFile {
  RunTable table;                     // not screened: NaN, zeros and repeated ids are in it
  Curves curves;                      // of runs of the table; empty: none has one
  std::vector<ExcludedRun> excluded;  // rows that say of themselves that they failed
  std::vector<std::string> notes;     // columns taken, values derived
};

// "-" is standard input. The extension decides (.csv, .tsv, .json, .jsonl, .ndjson) and how the
// file begins; of files that are no text (compressed, Parquet, ...) the error says what to do.
// NOT_FOUND, PERMISSION_DENIED: the file. INVALID_ARGUMENT: its content; the message begins
// with "FILE:LINE:COLUMN: " where there is such a place.
absl::StatusOr<RunFile> ReadRunFile(const std::string& path, const ReadOptions& options);

// The same from any source; `file` is the name used in messages.
absl::StatusOr<RunFile> ReadCsvRuns(const std::string& file, ByteSource source,
                                    const ReadOptions& options);
absl::StatusOr<RunFile> ReadJsonRuns(const std::string& file, ByteSource source,
                                     const ReadOptions& options);
absl::StatusOr<RunFile> ReadJsonLinesRuns(const std::string& file, ByteSource source,
                                          const ReadOptions& options);

}  // namespace ff::results
