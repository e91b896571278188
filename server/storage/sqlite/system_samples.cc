#include "server/storage/sqlite/session.h"

namespace ff::storage {

absl::StatusOr<std::vector<SystemSample>> Session::ListSystemSamples(const std::string& sweep_id,
                                                                     const std::string& id,
                                                                     absl::Time since) {
  Statement row(*db_,
                "SELECT p.attempt, p.time, a.device, p.memory_bytes, p.temperature_celsius,"
                " p.utilization, p.tokens_per_second"
                " FROM sweeps s JOIN experiments e ON e.sweep = s.key"
                " JOIN attempts a ON a.experiment = e.key JOIN system_samples p ON p.attempt = a.id"
                " WHERE s.id = ? AND e.id = ? AND p.time > ? ORDER BY p.attempt, p.time");
  row.Bind(sweep_id, id, since == absl::InfinitePast() ? int64_t{0} : absl::ToUnixMicros(since));
  std::vector<SystemSample> samples;
  while (row.Next()) {
    SystemSample& sample = samples.emplace_back();
    sample.attempt_id = row.Int();
    sample.time = row.Time();
    sample.device_id = row.Text();
    sample.memory_bytes = row.Real();
    sample.temperature_celsius = row.Real();
    sample.utilization = row.Real();
    sample.tokens_per_second = row.Real();
  }
  if (!row.status().ok()) return row.status();
  return samples;
}

absl::Status Session::AddSystemSample(const SystemSample& sample) {
  Statement insert(*db_,
                   "INSERT OR REPLACE INTO system_samples (attempt, time, memory_bytes,"
                   " temperature_celsius, utilization, tokens_per_second)"
                   " VALUES (?, ?, ?, ?, ?, ?)");
  insert.Bind(sample.attempt_id, sample.time, sample.memory_bytes, sample.temperature_celsius,
              sample.utilization, sample.tokens_per_second);
  return insert.Run();
}

}  // namespace ff::storage
