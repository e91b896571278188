#include "worker/trainer/rank_place.h"

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace ff::trainer {
namespace {

constexpr int kMostRanks = 65536, kLastPort = 65535;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

absl::StatusOr<int> Number(const char* name, int least, int most) {
  const std::string text = Environment(name);
  int value = 0;
  if (absl::SimpleAtoi(text, &value) && value >= least && value <= most) return value;
  return absl::InvalidArgumentError(
      absl::StrCat("WORLD_SIZE says that several processes train together, and ", name, " is \"",
                   text, "\": a number from ", least, " to ", most,
                   " is needed; the launcher sets it, or unset WORLD_SIZE"));
}

}  // namespace

absl::StatusOr<std::optional<RankPlace>> PlaceFromEnvironment() {
  const std::string size = Environment("WORLD_SIZE");
  if (size.empty() || size == "1") return std::nullopt;
  const auto ranks = Number("WORLD_SIZE", 1, kMostRanks);
  if (!ranks.ok()) return ranks.status();
  const auto rank = Number("RANK", 0, *ranks - 1);
  if (!rank.ok()) return rank.status();
  const bool own_port = !Environment("FF_RANK_PORT").empty();
  const auto port = Number(own_port ? "FF_RANK_PORT" : "MASTER_PORT", 1, kLastPort);
  if (!port.ok()) return port.status();
  RankPlace place{*rank, *ranks, 0, Environment("MASTER_ADDR"), *port, false};
  if (place.host.empty()) {
    return absl::InvalidArgumentError(
        "WORLD_SIZE says that several processes train together, and MASTER_ADDR is not set: it "
        "names the host of rank 0");
  }
  if (!Environment("LOCAL_RANK").empty()) {
    const auto local_rank = Number("LOCAL_RANK", 0, kMostRanks);
    if (!local_rank.ok()) return local_rank.status();
    place.local_rank = *local_rank;
  }
  place.local = !Environment("FF_RANK_LOCAL").empty();
  return place;
}

}  // namespace ff::trainer
