#include "server/storage/sqlite/packed_points.h"

#include <sqlite3.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <tuple>

#include "absl/strings/str_cat.h"

namespace ff::storage {
namespace {

static_assert(std::endian::native == std::endian::little, "records are copied as they lie");

constexpr size_t kRecord = 1 + 2 * sizeof(int64_t) + 6 * sizeof(double);

template <typename T>
void Put(const T& value, char** to) {
  std::memcpy(*to, &value, sizeof(T));
  *to += sizeof(T);
}

template <typename T>
T Take(const char** from) {
  T value;
  std::memcpy(&value, *from, sizeof(T));
  *from += sizeof(T);
  return value;
}

// Rows of before, gathered by pack_points.
using Gathered = std::vector<Measurement>;

double RealOf(sqlite3_value* value) {
  return sqlite3_value_type(value) == SQLITE_NULL ? std::numeric_limits<double>::quiet_NaN()
                                                  : sqlite3_value_double(value);
}

void Gather(sqlite3_context* context, int, sqlite3_value** v) {
  auto** all = static_cast<Gathered**>(sqlite3_aggregate_context(context, sizeof(Gathered*)));
  if (all == nullptr) return sqlite3_result_error_nomem(context);
  if (*all == nullptr) *all = new Gathered;
  Measurement& m = (*all)->emplace_back();
  m.kind = reinterpret_cast<const char*>(sqlite3_value_text(v[0]));
  m.step = sqlite3_value_int64(v[1]);
  m.tokens = sqlite3_value_int64(v[2]);
  m.flops = RealOf(v[3]);
  m.loss = RealOf(v[4]);
  m.learning_rate = RealOf(v[5]);
  m.grad_norm = RealOf(v[6]);
  m.tokens_per_second = RealOf(v[7]);
  m.seconds = RealOf(v[8]);
}

void Finish(sqlite3_context* context) {
  auto** all = static_cast<Gathered**>(sqlite3_aggregate_context(context, 0));
  if (all == nullptr || *all == nullptr) return sqlite3_result_zeroblob(context, 0);
  std::sort((*all)->begin(), (*all)->end(), [](const Measurement& a, const Measurement& b) {
    return std::tie(a.step, a.kind) < std::tie(b.step, b.kind);
  });
  const std::string packed = PackPoints(**all);
  sqlite3_result_blob64(context, packed.data(), packed.size(), SQLITE_TRANSIENT);
  delete *all;
}

}  // namespace

std::string PackPoints(absl::Span<const Measurement> points) {
  std::string packed(points.size() * kRecord, '\0');
  char* to = packed.data();
  for (const Measurement& m : points) {
    Put(static_cast<char>(m.kind == "eval"), &to);
    Put(m.step, &to), Put(m.tokens, &to);
    Put(m.flops, &to), Put(m.loss, &to), Put(m.learning_rate, &to), Put(m.grad_norm, &to);
    Put(m.tokens_per_second, &to), Put(m.seconds, &to);
  }
  return packed;
}

absl::Status UnpackPoints(const std::string& packed, int64_t last_seq,
                          std::vector<Measurement>* points) {
  if (packed.size() % kRecord != 0) {
    return absl::DataLossError(absl::StrCat("the batch of measurements ", last_seq, " has ",
                                            packed.size(), " bytes, no multiple of ", kRecord));
  }
  const char* from = packed.data();
  const auto count = static_cast<int64_t>(packed.size() / kRecord);
  for (int64_t seq = last_seq - count + 1; seq <= last_seq; ++seq) {
    Measurement& m = points->emplace_back();
    m.kind = Take<char>(&from) != 0 ? "eval" : "train";
    m.step = Take<int64_t>(&from), m.tokens = Take<int64_t>(&from);
    m.flops = Take<double>(&from), m.loss = Take<double>(&from);
    m.learning_rate = Take<double>(&from), m.grad_norm = Take<double>(&from);
    m.tokens_per_second = Take<double>(&from), m.seconds = Take<double>(&from);
    m.seq = seq;
  }
  return absl::OkStatus();
}

absl::Status DefinePackPoints(Connection& db) {
  const int code =
      sqlite3_create_function_v2(db.handle(), "pack_points", 9, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                 nullptr, nullptr, Gather, Finish, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : db.StatusOf(code, "pack_points");
}

}  // namespace ff::storage
