// Where bytes come from, piece by piece: a file, standard input, a text in memory.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace ff::results {

// Fills at most `size` bytes and says how many; 0: the end. Called from one thread.
using ByteSource = std::function<absl::StatusOr<size_t>(char* into, size_t size)>;

// "-": standard input. NOT_FOUND, PERMISSION_DENIED, INVALID_ARGUMENT (a folder); the
// source closes the file when it is destroyed.
absl::StatusOr<ByteSource> OpenFile(const std::string& path);

// `text` outlives the source.
ByteSource FromText(absl::string_view text);

// One byte at a time, with the place of the byte that comes next (both from 1; columns count
// bytes). A byte order mark of UTF-8 is skipped.
class ByteReader {
 public:
  explicit ByteReader(ByteSource source);

  // The next byte without taking it; -1 at the end or after an error.
  int Peek();
  // Takes the byte that Peek showed.
  void Take();
  // All buffered bytes from the next one on; not empty unless Peek() is -1.
  absl::string_view Buffered();
  // Takes `size` buffered bytes, none of which is a line break.
  void TakeWithinLine(size_t size);

  size_t line() const { return line_; }
  size_t column() const { return column_; }
  // OK unless the source failed or the file is UTF-16.
  const absl::Status& status() const { return status_; }

 private:
  bool Fill();

  ByteSource source_;
  std::string buffer_;
  size_t at_ = 0, end_ = 0;
  size_t line_ = 1, column_ = 1;
  bool started_ = false, ended_ = false;
  absl::Status status_;
};

}  // namespace ff::results
