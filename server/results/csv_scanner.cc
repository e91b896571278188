#include "server/results/csv_scanner.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace ff::results {
namespace {

constexpr size_t kMostFields = 100'000;

}  // namespace

CsvScanner::CsvScanner(std::string file, ByteSource source, size_t longest_field)
    : file_(std::move(file)), reader_(std::move(source)), longest_field_(longest_field) {}

absl::Status CsvScanner::Error(size_t line, size_t column, absl::string_view what) const {
  return absl::InvalidArgumentError(absl::StrCat(file_, ":", line, ":", column, ": ", what));
}

absl::Status CsvScanner::TooLong(const Span& span) const {
  return Error(span.line, span.column,
               absl::StrCat("a field of more than ", longest_field_,
                            " bytes; is a quote missing, or is this no CSV file?"));
}

// Of the three separators the one the header uses; a comma wins.
void CsvScanner::ChooseSeparator() {
  absl::string_view header = reader_.Buffered();
  header = header.substr(0, header.find_first_of("\r\n"));
  separator_ = ',';
  for (const char candidate : {',', '\t', ';'}) {
    if (header.find(candidate) == absl::string_view::npos) continue;
    separator_ = candidate;
    return;
  }
}

bool CsvScanner::TakeRecordEnd() {
  const int next = reader_.Peek();
  if (next != '\n' && next != '\r') return next < 0;
  reader_.Take();
  // CR LF is one end; a lone CR, as old machines write it, is one too. Its line is not
  // counted by the reader, which is all that old machines lose.
  if (next == '\r' && reader_.Peek() == '\n') reader_.Take();
  return true;
}

absl::Status CsvScanner::ReadQuoted() {
  Span& span = spans_.back();
  reader_.Take();
  for (;;) {
    const int next = reader_.Peek();
    if (next < 0) {
      if (!reader_.status().ok()) return reader_.status();
      return Error(span.line, span.column, "the quote that opens here is never closed");
    }
    if (next == 0) return Error(reader_.line(), reader_.column(), "a NUL byte; not a text file");
    reader_.Take();
    if (next == '"') {
      if (reader_.Peek() != '"') break;
      reader_.Take();
    }
    text_.push_back(static_cast<char>(next));
    if (text_.size() - span.begin > longest_field_) return TooLong(span);
  }
  const int after = reader_.Peek();
  if (after >= 0 && after != separator_ && after != '\n' && after != '\r') {
    return Error(reader_.line(), reader_.column(),
                 "text after a closing quote; a quote inside quotes is written twice");
  }
  return absl::OkStatus();
}

absl::Status CsvScanner::ReadPlain() {
  Span& span = spans_.back();
  for (;;) {
    const absl::string_view ahead = reader_.Buffered();
    if (ahead.empty()) return reader_.status();
    size_t size = 0;
    while (size < ahead.size() && ahead[size] != separator_ && ahead[size] != '\n' &&
           ahead[size] != '\r' && ahead[size] != '\0') {
      ++size;
    }
    text_.append(ahead.data(), size);
    reader_.TakeWithinLine(size);
    if (text_.size() - span.begin > longest_field_) return TooLong(span);
    if (size == ahead.size()) continue;
    if (ahead[size] == '\0') {
      return Error(reader_.line(), reader_.column(), "a NUL byte; not a text file");
    }
    return absl::OkStatus();
  }
}

absl::Status CsvScanner::ReadField() {
  spans_.push_back({text_.size(), 0, reader_.line(), reader_.column()});
  absl::Status status = reader_.Peek() == '"' ? ReadQuoted() : ReadPlain();
  spans_.back().end = text_.size();
  return status;
}

absl::StatusOr<bool> CsvScanner::Next(std::vector<CsvField>* fields) {
  fields->clear();
  text_.clear();
  spans_.clear();
  while (reader_.Peek() == '\n' || reader_.Peek() == '\r') reader_.Take();
  if (!reader_.status().ok()) return reader_.status();
  if (reader_.Peek() < 0) return false;
  if (separator_ == 0) ChooseSeparator();
  for (;;) {
    if (absl::Status status = ReadField(); !status.ok()) return status;
    if (TakeRecordEnd()) break;
    if (spans_.size() == kMostFields) {
      return Error(spans_[0].line, spans_[0].column,
                   absl::StrCat("a row of more than ", kMostFields, " fields"));
    }
    reader_.Take();  // the separator
  }
  if (!reader_.status().ok()) return reader_.status();
  for (const Span& span : spans_) {
    fields->push_back({absl::string_view(text_).substr(span.begin, span.end - span.begin),
                       span.line, span.column});
  }
  return true;
}

}  // namespace ff::results
