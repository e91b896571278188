#include "worker/trainer/rank_end.h"

#include <cstdio>
#include <cstdlib>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

namespace ff::trainer {

void EndProcess(const std::string& why, absl::Duration patience) {
  static absl::Mutex one_speaks(absl::kConstInit);
  absl::SleepFor(patience);
  one_speaks.Lock();  // for good
  if (!why.empty()) std::fprintf(stderr, "ff-trainer: %s\n", why.c_str());
  std::_Exit(1);
}

}  // namespace ff::trainer
