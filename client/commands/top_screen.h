// What `ffctl top` shows, as lines. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/print/text.h"
#include "ff/v1/sweep.pb.h"
#include "ff/v1/worker.pb.h"

namespace ff::client {

struct TopFacts {
  std::string address;
  std::string away;  // why the coordinator does not answer; empty: it does
  v1::ListSweepsResponse sweeps;
  v1::ListWorkersResponse workers;
  std::vector<v1::Experiment> running;
};

// At most `height` lines of at most `width` columns.
std::vector<std::string> TopScreen(const TopFacts& facts, absl::Time now, size_t width,
                                   size_t height, const Style& style);

}  // namespace ff::client
