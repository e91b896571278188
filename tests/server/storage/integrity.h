// What SQLite itself says of a database file that nobody has open.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <string>

namespace ff::storage {

// "ok", or the faults that PRAGMA integrity_check lists.
inline std::string Integrity(const std::string& path) {
  sqlite3* db = nullptr;
  std::string answer;
  const auto keep = [](void* out, int, char** values, char**) {
    *static_cast<std::string*>(out) += values[0];
    return 0;
  };
  EXPECT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, "PRAGMA integrity_check", keep, &answer, nullptr), SQLITE_OK);
  sqlite3_close(db);
  return answer;
}

}  // namespace ff::storage
