// Splits independent work over threads. Results may not depend on the split: each index
// writes its own place and draws from its own seed. The call returns when all is done.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace ff::scaling {

// Calls work(thread, index) for every index below `count`; `threads` 0: one a core. Indices are
// handed out `chunk` at a time; `thread` counts from 0 and suits per-thread scratch space.
// `work` must not throw.
template <typename Work>
void ParallelFor(size_t count, int threads, size_t chunk, const Work& work) {
  size_t workers = threads > 0 ? static_cast<size_t>(threads)
                               : std::max(1u, std::thread::hardware_concurrency());
  workers = std::max<size_t>(1, std::min(workers, (count + chunk - 1) / chunk));
  std::atomic<size_t> next{0};
  const auto run = [&](size_t thread) {
    for (size_t begin = next.fetch_add(chunk); begin < count; begin = next.fetch_add(chunk)) {
      const size_t end = std::min(count, begin + chunk);
      for (size_t i = begin; i < end; ++i) work(thread, i);
    }
  };
  std::vector<std::thread> others;
  for (size_t t = 1; t < workers; ++t) others.emplace_back(run, t);
  run(0);
  for (std::thread& thread : others) thread.join();
}

inline size_t WorkerCount(int threads) {
  return threads > 0 ? static_cast<size_t>(threads)
                     : std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace ff::scaling
