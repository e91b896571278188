// Steps on the CPU take no memory: every malloc of the process is counted, LibTorch's and
// MKL's too, from the third step on (before it, buffers and pools are made).
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>

#include "tests/worker/trainer/trainer_process.h"
#include "worker/trainer/training_session.h"

extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
}

namespace {
std::atomic<int64_t> allocations{0};
}

extern "C" {
void* malloc(size_t bytes) {
  ++allocations;
  return __libc_malloc(bytes);
}
void* calloc(size_t count, size_t bytes) {
  ++allocations;
  return __libc_calloc(count, bytes);
}
void* realloc(void* old, size_t bytes) {
  ++allocations;
  return __libc_realloc(old, bytes);
}
int posix_memalign(void** out, size_t alignment, size_t bytes) {
  ++allocations;
  *out = __libc_memalign(alignment, bytes);
  return *out == nullptr ? 12 : 0;
}
void* aligned_alloc(size_t alignment, size_t bytes) {
  ++allocations;
  return __libc_memalign(alignment, bytes);
}
}

namespace ff::trainer {
namespace {

TEST_F(TrainerTest, CountsItsOwnAllocations) {
  const int64_t before = allocations;
  std::free(std::malloc(100));
  delete new int;
  EXPECT_GE(allocations - before, 1);
}

TEST_F(TrainerTest, AStepAllocatesNothing) {
  protocol::StartOrder order = Order("x", 20);
  order.device = "cpu", order.threads = 1;
  const auto session = TrainingSession::Create(order).value();
  for (int64_t step = 0; step < 3; ++step) ASSERT_TRUE(session->Step(step, true).ok());
  const int64_t before = allocations;
  for (int64_t step = 3; step < 13; ++step) ASSERT_TRUE(session->Step(step, step % 2 == 0).ok());
  EXPECT_EQ(allocations - before, 0);
}

}  // namespace
}  // namespace ff::trainer
