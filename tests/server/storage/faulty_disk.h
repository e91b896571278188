// A disk for SQLite that goes wrong when a test wants it to: a VFS over the system's own, the
// default one from Install on. Besides the files themselves it keeps, in a folder of its own, what
// of them had been flushed: all that would be left after a loss of power. For one test process.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace ff::storage {

struct FaultyDisk {
  enum class Fault { kNone, kShortWrite, kFlush, kFull };

  // `flushed`: the folder for what was flushed.
  static void Install(const std::string& flushed);

  // The `after`-th write or flush from now on goes wrong, once: half of it is written and an error
  // returned; the flush fails; there is no room.
  static void Strike(Fault fault, int64_t after);
  // From now on every write finds no room, until this is called with false.
  static void SetFull(bool full);

  static std::atomic<int64_t> strikes;  // faults that were really met
};

}  // namespace ff::storage
