#include "tests/rooms/cmake_targets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ff::rooms {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ParseTargets, ReadsSourcesAndDeps) {
  const std::vector<Target> targets = ParseTargets("server/x/CMakeLists.txt",
                                                   "# a comment (with parentheses\n"
                                                   "ff_library(ff_server_x\n"
                                                   "  SRCS a.cc sub/b.cc ${generated}\n"
                                                   "  DEPS ff_server_domain absl::time)  # more\n");
  ASSERT_EQ(targets.size(), 1u);
  EXPECT_EQ(targets[0].name, "ff_server_x");
  EXPECT_THAT(targets[0].srcs, ElementsAre("server/x/a.cc", "server/x/sub/b.cc"));
  EXPECT_THAT(targets[0].deps, ElementsAre("ff_server_domain", "absl::time"));
}

TEST(ParseTargets, FollowsVariablesAndLoops) {
  const std::vector<Target> targets =
      ParseTargets("t/CMakeLists.txt",
                   "set(common ff_a ff_b)\nlist(APPEND common ff_c)\n"
                   "foreach(n one two)\n  ff_test(t_${n}_test SRCS ${n}.cc DEPS ${common})\n"
                   "endforeach()\nff_program(p SRCS main.cc DEPS \"${TORCH_LIBRARIES}\")\n"
                   "target_link_libraries(p PRIVATE ff_d)\n");
  ASSERT_EQ(targets.size(), 3u);
  EXPECT_EQ(targets[1].name, "t_two_test");
  EXPECT_THAT(targets[1].srcs, ElementsAre("t/two.cc"));
  EXPECT_THAT(targets[1].deps, ElementsAre("ff_a", "ff_b", "ff_c"));
  EXPECT_THAT(targets[2].deps, ElementsAre("${TORCH_LIBRARIES}", "ff_d"));
}

TEST(ParseTargets, SourcesMayBeAddedLater) {
  const std::vector<Target> targets =
      ParseTargets("a/CMakeLists.txt",
                   "ff_cuda_library(ff_k SRCS k.cu)\n"
                   "if(FF_CUDA)\n  target_sources(ff_k PRIVATE more.cu ${gen})\nendif()\n");
  ASSERT_EQ(targets.size(), 1u);
  EXPECT_EQ(targets[0].srcs, (std::vector<std::string>{"a/k.cu", "a/more.cu"}));
}

TEST(ParseTargets, FunctionsAreNotTargets) {
  EXPECT_THAT(ParseTargets("CMakeLists.txt",
                           "function(f name)\n  ff_library(ff_in SRCS a.cc)\nendfunction()\n"),
              IsEmpty());
}

}  // namespace
}  // namespace ff::rooms
