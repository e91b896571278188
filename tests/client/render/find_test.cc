#include "client/render/find.h"

#include <stdlib.h>

#include <filesystem>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/render/sample_figures.h"

namespace ff::render {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// PATH is one temporary folder during a test.
class FindTest : public ::testing::Test {
 protected:
  FindTest() {
    if (const char* path = getenv("PATH")) saved_ = path;
    setenv("PATH", folder_.path().c_str(), 1);
  }
  ~FindTest() override {
    if (saved_) {
      setenv("PATH", saved_->c_str(), 1);
    } else {
      unsetenv("PATH");
    }
  }
  void AddProgram(const std::string& name) {
    WriteFile(folder_.File(name), "#!/bin/sh\n");
    std::filesystem::permissions(folder_.File(name), std::filesystem::perms::owner_all);
  }

  TempDir folder_;
  std::optional<std::string> saved_;
};

TEST_F(FindTest, SaysWhichPackageToInstallWhenThereIsNoBrowser) {
  const absl::Status status = FindBrowser("").status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("apt-get install chromium"), HasSubstr("visualizer.browser")));
}

TEST_F(FindTest, PrefersChromium) {
  AddProgram("google-chrome");
  EXPECT_EQ(FindBrowser("").value(), folder_.File("google-chrome"));
  AddProgram("chromium");
  EXPECT_EQ(FindBrowser("").value(), folder_.File("chromium"));
}

TEST_F(FindTest, TakesTheConfiguredProgramByNameOrPath) {
  AddProgram("my-browser");
  EXPECT_EQ(FindBrowser("my-browser").value(), folder_.File("my-browser"));
  EXPECT_EQ(FindBrowser(folder_.File("my-browser")).value(), folder_.File("my-browser"));
}

TEST_F(FindTest, RefusesAConfiguredFileThatIsNoProgram) {
  AddProgram("chromium");
  WriteFile(folder_.File("notes.txt"), "text");
  const absl::Status status = FindBrowser(folder_.File("notes.txt")).status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("notes.txt"));
}

TEST_F(FindTest, PlotlyIsSoughtBesideTheProgram) {
  const absl::StatusOr<std::string> plotly = FindPlotly();
  if (plotly.ok()) {
    EXPECT_TRUE(std::filesystem::is_regular_file(*plotly));
  } else {
    EXPECT_THAT(std::string(plotly.status().message()),
                AllOf(HasSubstr("share/flops-fit/web/vendor"), HasSubstr("ff_web")));
  }
}

}  // namespace
}  // namespace ff::render
