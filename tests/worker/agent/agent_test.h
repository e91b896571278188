// What the tests of whole agents share: a folder, a fake coordinator, and the agent.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/worker/agent/agent_process.h"
#include "tests/worker/agent/fake_coordinator.h"
#include "tests/worker/checkpoint/temp_folder.h"

namespace ff::agent {

class AgentTest : public testing::Test {
 protected:
  void StartAgent(const std::vector<std::string>& words = {}, const std::string& fault = "") {
    agent_ = std::make_unique<AgentProcess>(temp_.path(), coordinator_.address(), words, fault);
  }
  void TearDown() override {
    if (HasFailure() && agent_ != nullptr) {
      std::fprintf(stderr, "--- the agent's log:\n%s---\n", agent_->Log().c_str());
    }
  }
  std::string ExperimentFolder(const std::string& id) const {
    return absl::StrCat(temp_.path(), "/state/experiments/sweep/", id);
  }
  bool FolderGoes(const std::string& id) const {
    return Eventually([&] { return !std::filesystem::exists(ExperimentFolder(id)); });
  }
  // Every step measured once, the losses as the law says.
  void ExpectWholeCurve(const std::string& id) const {
    const FakeCoordinator::Kept kept = coordinator_.Get(id);
    EXPECT_EQ(kept.train_loss.size(), static_cast<size_t>(kept.plan.steps()));
    EXPECT_EQ(kept.eval_loss.size(), static_cast<size_t>(kept.plan.steps() / 5));
    for (const auto& [step, loss] : kept.train_loss) {
      const double tokens = 64.0 * static_cast<double>(step);
      EXPECT_DOUBLE_EQ(loss, 2 + 10 / std::sqrt(1000.0) + 20 / std::sqrt(tokens));
    }
  }
  static bool ExitedWith(std::optional<int> status, int code) {
    return status && WIFEXITED(*status) && WEXITSTATUS(*status) == code;
  }

  const checkpoint::TempFolder temp_;
  FakeCoordinator coordinator_{temp_.path() + "/coordinator"};
  std::unique_ptr<AgentProcess> agent_;
};

}  // namespace ff::agent
