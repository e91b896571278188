// One use of a prepared statement: bind the parameters in order, step through the rows,
// read the columns in order. The first error sticks, makes every later call do nothing,
// and is returned by status(). Reset and handed back when it goes out of scope.
//
//   Statement s(db, "SELECT id, flops FROM experiments WHERE sweep = ?");
//   s.Bind(key);
//   while (s.Next()) rows.push_back({s.Text(), s.Real()});
//   return s.status();
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/storage/sqlite/connection.h"

namespace ff::storage {

class Statement {
 public:
  Statement(Connection& db, std::string sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // NaN is bound as NULL, an infinite time too.
  template <typename... Values>
  Statement& Bind(const Values&... values) {
    (BindOne(values), ...);
    return *this;
  }
  Statement& BindBlob(const std::string& bytes);

  // True: there is a row to read. False: the end, or an error.
  bool Next();
  // For statements without rows. NOT_FOUND from RunOnRow: no row was changed.
  absl::Status Run();
  absl::Status RunOnRow(const std::string& what);
  const absl::Status& status() const { return status_; }

  // The next column of the row. NULL reads as NaN, 0, "" and the infinite future.
  int64_t Int();
  bool Bool() { return Int() != 0; }
  double Real();
  std::string Text();
  absl::Time Time();
  // Whether the next column is NULL; does not move on.
  bool IsNull() const;
  // Moves over the next column.
  void Skip() { ++column_; }

 private:
  void BindOne(int64_t value);
  void BindOne(int value) { BindOne(static_cast<int64_t>(value)); }
  void BindOne(bool value) { BindOne(static_cast<int64_t>(value)); }
  void BindOne(double value);
  void BindOne(const std::string& value);
  void BindOne(const char* value) { BindOne(std::string(value)); }
  void BindOne(absl::Time value);
  template <typename T>
  void BindOne(const std::optional<T>& value) {
    if (value.has_value()) {
      BindOne(*value);
    } else {
      BindNull();
    }
  }
  void BindNull();
  void Check(int code);

  Connection& db_;
  const std::string sql_;
  sqlite3_stmt* statement_ = nullptr;
  absl::Status status_;
  int parameter_ = 0;
  int column_ = 0;
};

}  // namespace ff::storage
