// The migrations of schema/*.sql, embedded at build time. Constant data; thread-safe.
#pragma once

#include "absl/types/span.h"

namespace ff::storage {

struct Migration {
  int version;       // the schema's number after it: 1, 2, ...
  const char* name;  // "0001_initial"
  const char* sql;
};

absl::Span<const Migration> Migrations();

}  // namespace ff::storage
