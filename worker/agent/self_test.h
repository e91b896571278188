// A small computation on a device before it gets its first experiment: one that gets it wrong,
// or hangs, is not used. Call from the thread that owns trainers (see ChildProcess).
#pragma once

#include <string>

#include "absl/time/time.h"
#include "ff/v1/worker.pb.h"
#include "worker/agent/settings.h"

namespace ff::agent {

// Empty: the device is sound, or nothing is there to try it with. GPUs are tried by ff-trainer
// (`ff-trainer --self-test cuda:0`), the CPU by this program.
std::string SelfTest(const Settings& settings, const v1::Device& device);

// "PROGRAM --self-test DEVICE": what it wrote last where it fails or does not end within
// `patience`; empty where it succeeds or does not know how (exit code 2).
std::string SelfTestBy(const std::string& program, const std::string& device_id,
                       absl::Duration patience);

}  // namespace ff::agent
