// Records of a CSV file (RFC 4180), one after another, with the place of every field.
// Knows nothing of what the fields mean. For use by one thread.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/results/byte_source.h"

namespace ff::results {

struct CsvField {
  absl::string_view text;  // unquoted; valid until the next record is read
  size_t line = 0, column = 0;
};

class CsvScanner {
 public:
  // `file` names the source in errors.
  CsvScanner(std::string file, ByteSource source, size_t longest_field);

  // False at the end. Blank lines are skipped. The separator is settled by the first record.
  // INVALID_ARGUMENT: a quote never closed or followed by text, a NUL, a field too long.
  absl::StatusOr<bool> Next(std::vector<CsvField>* fields);

  char separator() const { return separator_; }
  absl::Status Error(size_t line, size_t column, absl::string_view what) const;

 private:
  struct Span {
    size_t begin, end, line, column;
  };

  void ChooseSeparator();
  absl::Status ReadField();
  absl::Status ReadQuoted();
  absl::Status ReadPlain();
  absl::Status TooLong(const Span& span) const;
  // Takes the line break before the next record; false if the record goes on.
  bool TakeRecordEnd();

  const std::string file_;
  ByteReader reader_;
  const size_t longest_field_;
  char separator_ = 0;
  std::string text_;         // of the record, fields one behind the other
  std::vector<Span> spans_;  // of its fields
};

}  // namespace ff::results
