// Files, contexts, and configuration into requests.
#include "client/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "client/contexts.h"
#include "client/errors.h"
#include "client/sweep_request.h"
#include "tests/client/temp_dir.h"

namespace ff::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Files, AreWrittenWholeIntoNewFolders) {
  TempDir dir;
  ASSERT_TRUE(WriteFileAtomically(dir / "a/b/c.json", "text").ok());
  EXPECT_EQ(*ReadFile(dir / "a/b/c.json"), "text");
  ASSERT_TRUE(WriteFileAtomically(dir / "a/b/c.json", "other").ok());
  EXPECT_EQ(*ReadFile(dir / "a/b/c.json"), "other");
}

TEST(Files, AFailedWriteLeavesWhatWas) {
  TempDir dir;
  std::filesystem::create_directories(dir / "folder");
  const absl::Status status = WriteFileAtomically(dir / "folder", "text");
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr(dir / "folder"));
  int entries = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir.path())) {
    entries += entry.exists() ? 1 : 0;
  }
  EXPECT_EQ(entries, 1) << "no temporary file is left";
}

TEST(Files, AMissingFileIsNotFoundByName) {
  const absl::Status status = ReadFile("/no/such/file").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/no/such/file"));
}

TEST(Files, PathsCountFromTheFolder) {
  EXPECT_EQ(AbsolutePath("a/../b.txt", "/base"), "/base/b.txt");
  EXPECT_EQ(AbsolutePath("/x/y", "/base"), "/x/y");
  EXPECT_EQ(AbsolutePath("", "/base"), "");
}

TEST(Contexts, SurviveARoundTrip) {
  TempDir dir;
  Contexts contexts{"lab",
                    {{"lab", "10.0.0.5:7410"}, {"here", "unix:/run/x.sock"}},
                    {{"lab", {"/home/ann/lab.token", "system", "lab.example"}}}};
  ASSERT_TRUE(SaveContexts(dir / "ffctl/contexts.json", contexts).ok());
  const auto loaded = LoadContexts(dir / "ffctl/contexts.json");
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->current, "lab");
  EXPECT_EQ(loaded->coordinators, contexts.coordinators);
  EXPECT_EQ(loaded->access, contexts.access);
  EXPECT_EQ(*loaded->Address("here"), "unix:/run/x.sock");
  EXPECT_THAT(std::string(loaded->Address("lap").status().message()),
              HasSubstr("did you mean 'lab'?"));
}

TEST(Contexts, NoFileIsNoContextsAndABrokenOneIsNamed) {
  TempDir dir;
  EXPECT_TRUE(LoadContexts(dir / "none.json")->coordinators.empty());
  std::ofstream(dir / "bad.json") << "{\"contexts\": {\"x\": 3}}";
  const absl::Status status = LoadContexts(dir / "bad.json").status();
  EXPECT_EQ(ExitOf(status), Exit::kUsage);
  EXPECT_THAT(std::string(status.message()), HasSubstr("bad.json"));
}

TEST(Contexts, AddressesAreChecked) {
  for (const char* good : {"localhost:7410", "[::1]:7410", "unix:/x"}) {
    EXPECT_TRUE(CheckAddress(good).ok()) << good;
  }
  for (const char* bad : {"", "localhost", ":7410", "h:0", "h:99999", "h:x", "unix:"}) {
    EXPECT_FALSE(CheckAddress(bad).ok()) << bad;
  }
}

Arguments With(const std::string& flag, const std::string& value) {
  Arguments arguments;
  arguments.flags[flag] = {value};
  return arguments;
}

TEST(SweepRequest, WordsWithAnEqualsSignAreKeys) {
  const Words words = SplitWords({"abc", "compute.min_flops=1e12"});
  EXPECT_THAT(words.others, ElementsAre("abc"));
  EXPECT_THAT(words.overrides, ElementsAre("compute.min_flops=1e12"));
}

TEST(SweepRequest, TheDatasetIsProbedAndItsPathMadeAbsolute) {
  TempDir dir;
  std::ofstream(dir / "text.txt") << std::string(5000, 'x');
  const auto config = ReadConfig(Arguments(), {"dataset.path=text.txt"}, "trainer");
  ASSERT_TRUE(config.ok()) << config.status();
  const auto spec = MakeSweepSpec(*config, dir.path());
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->dataset().path(), dir / "text.txt");
  EXPECT_EQ(spec->dataset().tokens(), 5000);
  EXPECT_EQ(spec->dataset().fingerprint().size(), 32u);
  EXPECT_GT(spec->planner().compute().num_budgets(), 0);
}

TEST(SweepRequest, AMissingDatasetSaysWhereAndWhatNext) {
  const auto config = ReadConfig(With("preset", "cpu_fast"), {}, "planner");
  ASSERT_TRUE(config.ok()) << config.status();
  const absl::Status status = MakeSweepSpec(*config, "/no/such/project").status();
  EXPECT_EQ(ExitOf(status), Exit::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/no/such/project/.deps/data/gcide.txt"));
  EXPECT_THAT(NextOf(status), HasSubstr("./flops-fit.sh setup"));
}

TEST(SweepRequest, RealTrainingNeedsADatasetAndSyntheticDoesNot) {
  const auto real = ReadConfig(Arguments(), {}, "trainer");
  EXPECT_EQ(ExitOf(MakeSweepSpec(*real, "/").status()), Exit::kUsage);
  const auto synthetic = ReadConfig(Arguments(), {"mode=synthetic"}, "trainer");
  ASSERT_TRUE(synthetic.ok()) << synthetic.status();
  const auto spec = MakeSweepSpec(*synthetic, "/");
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->dataset().tokens(), 0);
}

TEST(SweepRequest, APresetsWorkerSectionReachesThePrivateWorker) {
  const auto config =
      ReadConfig(Arguments(), {"devices.cpu_slots=3", "worker.paths.state=/elsewhere"}, "worker");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_THAT(SettingsOf(*config).worker, ElementsAre("devices.cpu_slots=3"))
      << "where it keeps its state is ffctl's to say";
  EXPECT_TRUE(SettingsOf(*config).coordinator.empty());
}

TEST(SweepRequest, ABadKeyIsAUsageErrorWithTheNextStep) {
  const absl::Status status = ReadConfig(Arguments(), {"compute.min_flop=1"}, "planner").status();
  EXPECT_EQ(ExitOf(status), Exit::kUsage);
  EXPECT_THAT(NextOf(status), HasSubstr("ffctl config view planner"));
}

v1::SweepPreview Preview() {
  v1::SweepPreview preview;
  for (const char* id : {"e1", "e2"}) {
    v1::Experiment* experiment = preview.add_experiments();
    experiment->set_id(id);
    experiment->set_budget_flops(6e12);
    experiment->mutable_plan()->set_parameters(1000);
    experiment->mutable_plan()->set_tokens(20000);
  }
  return preview;
}

TEST(SweepRequest, SweepJsonHasFlopsFitsFields) {
  const std::string json = SweepJson(Preview());
  EXPECT_THAT(json, HasSubstr("\"experiment_id\": \"e1\""));
  EXPECT_THAT(json, HasSubstr("\"compute_budget\": 6000000000000.0"));
  EXPECT_THAT(json, HasSubstr("\"model_size\": 1000"));
  EXPECT_THAT(json, HasSubstr("\"num_tokens\": 20000"));
  EXPECT_THAT(json, HasSubstr("\"tokens_per_param\": 20.0"));
}

TEST(SweepRequest, APlanFileMustAgreeWithThePlan) {
  const std::string json = SweepJson(Preview());
  EXPECT_TRUE(CheckAgainstSweepJson(Preview(), json, "sweep.json").ok());
  v1::SweepPreview other = Preview();
  other.mutable_experiments(0)->set_id("e3");
  EXPECT_THAT(std::string(CheckAgainstSweepJson(other, json, "sweep.json").message()),
              HasSubstr("1 experiments are not in it, 1 are in it"));
  EXPECT_FALSE(CheckAgainstSweepJson(Preview(), "{", "sweep.json").ok());
}

}  // namespace
}  // namespace ff::client
