#include "worker/trainer/stop_signals.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"

namespace ff::trainer {
namespace {

// Never destroyed: a thread uses it until the process ends.
struct Listeners {
  absl::Mutex mutex;
  std::vector<OrderQueue*> queues;
  size_t left = 0;
};
Listeners& All() {
  static auto* listeners = new Listeners;
  return *listeners;
}
std::atomic<bool> leaving{false};

sigset_t StopSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGUSR2);
  return set;
}

void WaitForSignals() {
  const sigset_t set = StopSignals();
  for (int signal = 0; sigwait(&set, &signal) == 0;) {
    leaving = leaving || signal == SIGTERM;
    absl::MutexLock lock(&All().mutex);
    for (OrderQueue* queue : All().queues) {
      if (signal == SIGTERM) {
        queue->Put(protocol::StopOrder{});
      } else {
        queue->Put(protocol::CheckpointOrder{});
      }
    }
  }
}

}  // namespace

void HoldStopSignals() {
  const sigset_t set = StopSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void ListenForStopSignals(OrderQueue& orders) {
  absl::MutexLock lock(&All().mutex);
  All().queues.push_back(&orders);
  if (All().queues.size() == 1) std::thread(WaitForSignals).detach();
}

bool AskedToLeave() { return leaving; }

void Leave() {
  {
    absl::MutexLock lock(&All().mutex);
    if (++All().left == All().queues.size()) std::_Exit(0);
  }
  while (true) pause();
}

}  // namespace ff::trainer
