// What the sanitizer builds must notice, and what they must not: probe race|locked|overflow|leak.
// Always exits with 0 by itself, as a daemon's parent would see it.
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>

#include "absl/synchronization/mutex.h"

namespace {

// Volatile: a compiler that sees through it would leave nothing to notice.
volatile int counter = 0;

void Race() {
  std::thread other([] { counter = counter + 1; });
  counter = counter + 1;
  other.join();
}

// Each waits for the other's turn, by conditions that read what the lock guards.
void Locked() {
  absl::Mutex mutex;
  bool turn = false;
  const auto take_turns = [&](bool mine) {
    for (int i = 0; i < 1000; ++i) {
      const absl::MutexLock lock(&mutex);
      const auto is_mine = [&turn, mine] { return turn == mine; };
      mutex.Await(absl::Condition(&is_mine));
      counter = counter + 1;
      turn = !turn;
    }
  };
  std::thread other(take_turns, true);
  take_turns(false);
  other.join();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "race") Race();
  if (what == "locked") Locked();
  if (what == "overflow") counter = 2147483647 + (counter + 1) * argc / 2;
  if (what == "leak") {
    static char* volatile lost = nullptr;
    lost = strdup("nobody frees it");
    std::printf("%zu bytes ", strlen(lost));
    lost = nullptr;
  }
  std::printf("%s\n", what.c_str());
  return 0;
}
