#include "worker/agent/gpu_share.h"

#include <gtest/gtest.h>

namespace ff::agent {
namespace {

v1::Device Gpu() {
  v1::Device device;
  device.set_kind("cuda"), device.set_memory_bytes(81e9);
  return device;
}

v1::Plan PlanOf(double step_flops, double memory) {
  v1::Plan plan;
  plan.set_steps(100), plan.set_accumulation_steps(1);
  plan.set_flops(100 * step_flops), plan.set_estimated_memory_bytes(memory);
  return plan;
}

TEST(GpuShare, SmallExperimentsTakeASlotEach) {
  EXPECT_DOUBLE_EQ(GpuShare(PlanOf(5e9, 2e8), Gpu()), 1.0 / kAutoGpuSlots);
}

TEST(GpuShare, MuchArithmeticTakesHalfForTheHostsWorkBetweenSteps) {
  EXPECT_DOUBLE_EQ(GpuShare(PlanOf(2e10, 2e8), Gpu()), 0.5);
  EXPECT_DOUBLE_EQ(GpuShare(PlanOf(1e14, 2e8), Gpu()), 0.5);
}

TEST(GpuShare, MemoryCountsAsThePlannerEstimatedIt) {
  EXPECT_DOUBLE_EQ(GpuShare(PlanOf(5e9, 20e9), Gpu()), 1.2 * 20 / 80);
  EXPECT_DOUBLE_EQ(GpuShare(PlanOf(1e14, 75e9), Gpu()), 1);
}

// The shares of what runs side by side add up to one at most: so must their memory.
TEST(GpuShare, WhatFitsByShareFitsInMemory) {
  const v1::Device gpu = Gpu();
  for (double memory = 1e8; memory < 70e9; memory *= 1.3) {
    const double share = GpuShare(PlanOf(1e9, memory), gpu);
    const int beside = static_cast<int>(1 / share);
    EXPECT_LE(1.15 * memory * beside, gpu.memory_bytes()) << memory;
  }
}

TEST(GpuShare, WithoutAnEstimateAnExperimentIsAlone) {
  EXPECT_DOUBLE_EQ(GpuShare(PlanOf(5e9, 0), Gpu()), 1);
  v1::Device unknown = Gpu();
  unknown.set_memory_bytes(0);
  EXPECT_DOUBLE_EQ(GpuShare(PlanOf(5e9, 2e8), unknown), 1);
}

}  // namespace
}  // namespace ff::agent
