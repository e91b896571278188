// The CSV reader of read_runs.h.
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/results/csv_scanner.h"
#include "server/results/read_runs.h"
#include "server/results/table_builder.h"

namespace ff::results {
namespace {

absl::Status ReadHeader(const std::vector<CsvField>& fields, const CsvScanner& scanner,
                        TableBuilder* builder) {
  for (size_t i = 0; i < fields.size(); ++i) {
    const std::string name(absl::StripAsciiWhitespace(fields[i].text));
    // pandas writes its index under an empty name.
    const std::string column = name.empty() ? absl::StrCat("column ", i + 1) : name;
    if (builder->AddColumn(column) != i) {
      return scanner.Error(fields[i].line, fields[i].column,
                           absl::StrCat("a second column named ", column));
    }
  }
  return builder->SetRoles(fields[0].line);
}

}  // namespace

absl::StatusOr<RunFile> ReadCsvRuns(const std::string& file, ByteSource source,
                                    const ReadOptions& options) {
  CsvScanner scanner(file, std::move(source), options.longest_cell);
  TableBuilder builder(file, options);
  std::vector<CsvField> fields;
  absl::StatusOr<bool> more = scanner.Next(&fields);
  if (!more.ok()) return more.status();
  if (!*more) return absl::InvalidArgumentError(absl::StrCat(file, ": the file is empty"));
  const size_t columns = fields.size();
  absl::Status status = ReadHeader(fields, scanner, &builder);
  if (!status.ok()) return status;
  std::vector<Cell> cells(columns);
  for (;;) {
    more = scanner.Next(&fields);
    if (!more.ok()) return more.status();
    if (!*more) break;
    if (fields.size() != columns) {
      return scanner.Error(
          fields[0].line, fields[0].column,
          absl::StrCat("the row has ", fields.size(), " fields, the header ", columns));
    }
    for (size_t i = 0; i < columns; ++i) {
      cells[i] = {fields[i].text, 0, false, fields[i].line, fields[i].column};
    }
    status = builder.AddRow(cells, fields[0].line);
    if (!status.ok()) return status;
  }
  if (builder.rows() == 0) {
    return absl::InvalidArgumentError(absl::StrCat(file, ": a header and no rows"));
  }
  return builder.Finish();
}

}  // namespace ff::results
