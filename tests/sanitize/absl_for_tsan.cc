// Tells ThreadSanitizer what Debian's Abseil does. The package is compiled without
// instrumentation: its locks are atomics that ThreadSanitizer never sees, so every variable
// under an absl::Mutex looks like a race. The functions below come before the library's in
// the search order of the loader, do the library's own work through dlsym, and say around it
// what happened before what. Compiled without instrumentation, linked into every program of
// a build with FF_SANITIZE=thread, and into no other.
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace {

template <class Function>
Function* Real(const char* mangled) {
  void* const found = dlsym(RTLD_NEXT, mangled);
  if (found == nullptr) {
    std::fprintf(stderr, "absl_for_tsan.cc: no %s in the libraries of this program\n", mangled);
    std::abort();
  }
  return reinterpret_cast<Function*>(found);
}

// The mutex in whose function a thread is: the library evaluates conditions of waiting
// threads there, under the lock.
thread_local absl::Mutex* current = nullptr;

class Inside {
 public:
  explicit Inside(absl::Mutex* mutex) : before_(current) { current = mutex; }
  ~Inside() { current = before_; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  absl::Mutex* const before_;
};

}  // namespace

// Itanium names: an inline namespace is part of them (ABSL_OPTION_INLINE_NAMESPACE_NAME).
#define FF_REAL(type, rest) static auto* const real = Real<type>("_ZN4absl7debian3" rest)
#define FF_REAL_CONST(type, rest) static auto* const real = Real<type>("_ZNK4absl7debian3" rest)

namespace absl {
ABSL_NAMESPACE_BEGIN

void Mutex::Lock() {
  FF_REAL(void(Mutex*), "5Mutex4LockEv");
  const Inside inside(this);
  real(this);
  __tsan_acquire(this);
}

void Mutex::Unlock() {
  FF_REAL(void(Mutex*), "5Mutex6UnlockEv");
  const Inside inside(this);
  __tsan_release(this);
  real(this);
}

bool Mutex::TryLock() {
  FF_REAL(bool(Mutex*), "5Mutex7TryLockEv");
  const Inside inside(this);
  const bool locked = real(this);
  if (locked) __tsan_acquire(this);
  return locked;
}

void Mutex::ReaderLock() {
  FF_REAL(void(Mutex*), "5Mutex10ReaderLockEv");
  const Inside inside(this);
  real(this);
  __tsan_acquire(this);
}

void Mutex::ReaderUnlock() {
  FF_REAL(void(Mutex*), "5Mutex12ReaderUnlockEv");
  const Inside inside(this);
  __tsan_release(this);
  real(this);
}

// A condition lives on the stack of the thread that waits for it: release before waiting
// publishes it to the thread that evaluates it.
void Mutex::LockWhen(const Condition& condition) {
  FF_REAL(void(Mutex*, const Condition&), "5Mutex8LockWhenERKNS0_9ConditionE");
  const Inside inside(this);
  __tsan_release(this);
  real(this, condition);
  __tsan_acquire(this);
}

void Mutex::Await(const Condition& condition) {
  FF_REAL(void(Mutex*, const Condition&), "5Mutex5AwaitERKNS0_9ConditionE");
  const Inside inside(this);
  __tsan_release(this);
  real(this, condition);
  __tsan_acquire(this);
}

bool Mutex::AwaitWithTimeout(const Condition& condition, Duration timeout) {
  FF_REAL(bool(Mutex*, const Condition&, Duration),
          "5Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE");
  const Inside inside(this);
  __tsan_release(this);
  const bool holds = real(this, condition, timeout);
  __tsan_acquire(this);
  return holds;
}

bool Mutex::AwaitWithDeadline(const Condition& condition, Time deadline) {
  FF_REAL(bool(Mutex*, const Condition&, Time),
          "5Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE");
  const Inside inside(this);
  __tsan_release(this);
  const bool holds = real(this, condition, deadline);
  __tsan_acquire(this);
  return holds;
}

bool Condition::Eval() const {
  FF_REAL_CONST(bool(const Condition*), "9Condition4EvalEv");
  if (current != nullptr) __tsan_acquire(current);
  const bool holds = real(this);
  if (current != nullptr) __tsan_release(current);
  return holds;
}

void CondVar::Wait(Mutex* mutex) {
  FF_REAL(void(CondVar*, Mutex*), "7CondVar4WaitEPNS0_5MutexE");
  const Inside inside(mutex);
  __tsan_release(mutex);
  real(this, mutex);
  __tsan_acquire(mutex);
}

bool CondVar::WaitWithTimeout(Mutex* mutex, Duration timeout) {
  FF_REAL(bool(CondVar*, Mutex*, Duration), "7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE");
  const Inside inside(mutex);
  __tsan_release(mutex);
  const bool timed_out = real(this, mutex, timeout);
  __tsan_acquire(mutex);
  return timed_out;
}

bool CondVar::WaitWithDeadline(Mutex* mutex, Time deadline) {
  FF_REAL(bool(CondVar*, Mutex*, Time), "7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE");
  const Inside inside(mutex);
  __tsan_release(mutex);
  const bool timed_out = real(this, mutex, deadline);
  __tsan_acquire(mutex);
  return timed_out;
}

// The last owner of a shared Status frees it; that the others are done is said by an atomic
// counter inside the library. One at a time, so that what is said and what is counted have
// the same order; by a bare atomic, which orders nothing else in ThreadSanitizer's eyes.
void Status::UnrefNonInlined(uintptr_t rep) {
  FF_REAL(void(uintptr_t), "6Status15UnrefNonInlinedEm");
  static std::atomic_flag busy = ATOMIC_FLAG_INIT;
  while (busy.test_and_set(std::memory_order_acquire)) {
  }
  __tsan_acquire(reinterpret_cast<void*>(rep));
  __tsan_release(reinterpret_cast<void*>(rep));
  real(rep);
  busy.clear(std::memory_order_release);
}

ABSL_NAMESPACE_END
}  // namespace absl
