// What lists look like in every format, what is chosen of them, and each exit code.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>
#include <tuple>

#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "client/print/data.h"
#include "tests/client/command_line.h"
#include "tests/client/fake_coordinator.h"

namespace ff::client {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class OutputTest : public testing::Test {
 protected:
  OutputTest() : fake_(line_.home / "s.sock") {
    line_.env["FFCTL_COORDINATOR"] = fake_.Address();
    line_.env["TZ"] = "UTC";
    line_.env["USER"] = "ann";
    for (const auto& [id, name, failed] :
         {std::tuple("1111", "slow", 0), std::tuple("2222", "fast", 2),
          std::tuple("3333", "third", 1)}) {
      v1::Sweep* sweep = fake_.sweeps.add_sweeps();
      *sweep = ExampleSweep(3, failed, v1::SWEEP_STATE_ACTIVE);
      sweep->set_id(id);
      sweep->set_name(name);
    }
  }
  Ran Run(const std::vector<std::string>& words) { return line_.Run(words); }

  CommandLine line_;
  FakeCoordinator fake_;
};

TEST_F(OutputTest, ListsAreChosenSortedAndCut) {
  EXPECT_EQ(Run({"sweep", "--filter", "failed > 0", "--sort-by", "-failed", "-q"}).out,
            "2222\n3333\n");
  EXPECT_EQ(Run({"sweep", "--columns", "name,failed", "--no-headers", "--sort-by", "name"}).out,
            "fast        2\nslow        0\nthird       1\n");
  EXPECT_EQ(Run({"sweep", "--columns", "name", "-o", "csv", "--filter", "name ~ IR"}).out,
            "name\nthird\n");
  const Ran wrong = Run({"sweep", "--columns", "nam"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("did you mean 'name'?"));
  EXPECT_THAT(Run({"sweep", "--filter", "faild > 0"}).err, HasSubstr("did you mean 'failed'?"));
  EXPECT_THAT(Run({"sweep", "--filter", "failed > 9"}).err,
              HasSubstr("nothing meets the condition"));
}

TEST_F(OutputTest, DataKeepTheChoice) {
  const json whole = json::parse(Run({"sweep", "-o", "json", "--filter", "name = fast"}).out);
  EXPECT_EQ(whole["apiVersion"], "ff/v1");
  ASSERT_EQ(whole["sweeps"].size(), 1u);
  EXPECT_EQ(whole["sweeps"][0]["id"], "2222");
  const std::vector<std::string> lines =
      absl::StrSplit(Run({"sweep", "-o", "jsonl"}).out, '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(json::parse(lines[1])["name"], "fast");
  const std::string yaml = Run({"sweep", "-o", "yaml"}).out;
  EXPECT_THAT(yaml, HasSubstr("apiVersion: ff/v1\n"));
  EXPECT_THAT(yaml, HasSubstr("  - id: \"1111\"\n    name: slow\n"));
}

// Every field of the message is in its JSON, with the type that the schema says.
TEST_F(OutputTest, JsonFollowsTheSchemaOfItsMessage) {
  const json sweep = json::parse(Run({"sweep", "-o", "json"}).out)["sweeps"][0];
  const auto* descriptor = v1::Sweep::descriptor();
  ASSERT_EQ(sweep.size(), static_cast<size_t>(descriptor->field_count()));
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    const json& value = sweep.at(field->name());
    if (field->is_repeated()) {
      EXPECT_TRUE(value.is_array()) << field->name();
    } else if (field->cpp_type() == field->CPPTYPE_DOUBLE) {
      EXPECT_TRUE(value.is_number() || value.is_null()) << field->name();
    } else if (field->cpp_type() == field->CPPTYPE_BOOL) {
      EXPECT_TRUE(value.is_boolean()) << field->name();
    } else if (field->cpp_type() != field->CPPTYPE_MESSAGE) {
      EXPECT_TRUE(value.is_string() || value.is_number()) << field->name();
    }
  }
  EXPECT_THAT(sweep["created_at"].get<std::string>(), testing::EndsWith("Z"));
}

TEST(Yaml, QuotesWhatAReaderWouldTakeForSomethingElse) {
  EXPECT_EQ(JsonToYaml(R"({"a": "yes", "b": "plain-text", "c": "1e5", "d": "", "e": [], "f": {},
                          "g": [1, {"h": null, "i": "x: y"}], "j": "two\nlines"})"),
            "a: \"yes\"\nb: plain-text\nc: \"1e5\"\nd: \"\"\ne: []\nf: {}\n"
            "g:\n  - 1\n  - h: null\n    i: \"x: y\"\nj: \"two\\nlines\"\n");
}

TEST_F(OutputTest, ExperimentConditionsGoToTheCoordinator) {
  EXPECT_EQ(
      Run({"exp", "list", "--filter", "loss < 3.2 and state = failed", "--sort-by", "-n"}).code, 0);
  EXPECT_EQ(fake_.list_request.filter(), "loss < 3.2 and state = failed");
  EXPECT_EQ(fake_.list_request.sort(), "-n");
  fake_.calls.clear();
  const Ran wrong = Run({"exp", "list", "--filter", "los < 3"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("did you mean 'loss'?"));
  EXPECT_TRUE(fake_.calls.empty()) << "said before anybody is asked";
}

TEST_F(OutputTest, ChangesSayWhoAndWhyAndCanBeTriedDry) {
  fake_.sweep_history = {ExampleSweep(2, 0, v1::SWEEP_STATE_ACTIVE)};
  EXPECT_EQ(Run({"sweep", "pause", "1111", "--reason", "too hot"}).code, 0);
  EXPECT_EQ(fake_.by, "ann with ffctl: too hot");
  fake_.calls.clear();
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"sweep", "pause"},
                                             {"sweep", "resume"},
                                             {"sweep", "set", "priority=1"},
                                             {"exp", "retry", "--failed"},
                                             {"worker", "drain", "w"},
                                             {"worker", "quarantine", "w"},
                                             {"worker", "uncordon", "w"},
                                             {"sweep", "cancel"}}) {
    std::vector<std::string> dry = words;
    dry.push_back("--dry-run");
    const Ran ran = Run(dry);
    EXPECT_EQ(ran.code, 0) << words[1] << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("dry run: would ")) << words[1];
  }
  for (const std::string& call : fake_.calls) EXPECT_THAT(call, StartsWith("GetSweep"));
  EXPECT_EQ(Run({"worker", "quarantine", "box", "--device", "cuda:1"}).code, 0);
  EXPECT_EQ(fake_.quarantine_request.device(), "cuda:1");
}

TEST_F(OutputTest, NoInputIsNeverAsked) {
  fake_.sweep_history = {ExampleSweep(2, 0, v1::SWEEP_STATE_ACTIVE)};
  line_.answer = "y\n";
  EXPECT_EQ(Run({"sweep", "cancel", "--no-input"}).code, 2);
  EXPECT_EQ(Run({"sweep", "cancel"}).code, 0);
}

TEST_F(OutputTest, SettingsComeFromTheNearestPlaceAndSayWhich) {
  line_.env["XDG_CONFIG_HOME"] = line_.home / "config";
  std::filesystem::create_directories(line_.home / "config/ffctl");
  std::ofstream(line_.home / "config/ffctl/config.toml")
      << "output = \"json\"\ntimeout = \"10m\"\n";
  EXPECT_THAT(Run({"sweep"}).out, StartsWith("{"));
  std::ofstream(line_.home / ".ffctl.toml") << "output = \"csv\"\n";
  EXPECT_THAT(Run({"sweep"}).out, StartsWith("sweep,name,"));
  line_.env["FFCTL_OUTPUT"] = "name";
  EXPECT_THAT(Run({"sweep"}).out, StartsWith("1111\n"));
  EXPECT_THAT(Run({"sweep", "-o", "table"}).out, StartsWith("SWEEP"));
  const std::string origins = Run({"config", "view", "--origin", "-o", "table"}).out;
  EXPECT_THAT(origins, HasSubstr("output       table"));
  EXPECT_THAT(origins, HasSubstr("--output"));
  EXPECT_THAT(origins, HasSubstr(line_.home / "config/ffctl/config.toml"));
  EXPECT_THAT(origins, HasSubstr("FFCTL_COORDINATOR"));
  std::ofstream(line_.home / ".ffctl.toml") << "outptu = \"csv\"\n";
  const Ran wrong = Run({"sweep"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("did you mean 'output'?"));
}

TEST_F(OutputTest, EveryExitCodeHasItsCase) {
  fake_.sweep_history = {ExampleSweep(5, 1, v1::SWEEP_STATE_FINISHED)};
  EXPECT_EQ(Run({"sweep"}).code, 0);
  fake_.errors["GetFit"] = absl::InternalError("a defect");
  fake_.errors["ListSweeps"] = absl::InternalError("a defect");
  EXPECT_EQ(Run({"sweep"}).code, 1);
  EXPECT_EQ(Run({"sweep", "--colour"}).code, 2);
  fake_.errors["ListSweeps"] = absl::NotFoundError("none");
  EXPECT_EQ(Run({"sweep"}).code, 3);
  fake_.errors["ListSweeps"] = absl::PermissionDeniedError("not yours");
  EXPECT_EQ(Run({"sweep"}).code, 4);
  EXPECT_EQ(Run({"sweep", "--coordinator", "unix:/nowhere.sock"}).code, 5);
  EXPECT_EQ(Run({"sweep", "wait"}).code, 6);
  fake_.sweep_history = {ExampleSweep(1, 0, v1::SWEEP_STATE_ACTIVE)};
  EXPECT_EQ(Run({"sweep", "wait", "--timeout", "0.1"}).code, 7);
  line_.interrupted = true;
  EXPECT_EQ(Run({"sweep", "wait"}).code, 130);
  line_.interrupted = false;
  EXPECT_EQ(Run({"plan", "--diff", "x", "mode=nothing"}).code, 255);
}

TEST_F(OutputTest, WaitingForAStateThatWillNeverComeIsSaid) {
  fake_.sweep_history = {ExampleSweep(6, 0, v1::SWEEP_STATE_FINISHED)};
  EXPECT_EQ(Run({"sweep", "wait", "--for", "state=finished"}).code, 0);
  const Ran never = Run({"sweep", "wait", "--for", "state=paused"});
  EXPECT_EQ(never.code, 1);
  EXPECT_THAT(never.err, HasSubstr("is finished and will never be paused"));
  EXPECT_THAT(Run({"sweep", "wait", "--for", "don"}).err, HasSubstr("did you mean 'done'?"));
  fake_.experiment.set_state(v1::EXPERIMENT_STATE_FAILED);
  EXPECT_EQ(Run({"exp", "wait", "aaaa"}).code, 6);
  fake_.experiment.set_state(v1::EXPERIMENT_STATE_FINISHED);
  EXPECT_EQ(Run({"exp", "wait", "aaaa"}).code, 0);
}

TEST_F(OutputTest, WatchFollowsAndItsExitCodeIsOnDemand) {
  fake_.sweep_history = {ExampleSweep(1, 0, v1::SWEEP_STATE_ACTIVE),
                         ExampleSweep(5, 1, v1::SWEEP_STATE_FINISHED)};
  EXPECT_EQ(Run({"sweep", "watch"}).code, 0);
  EXPECT_EQ(Run({"sweep", "watch", "--exit-status"}).code, 6);
}

TEST_F(OutputTest, LogsAreFollowedToTheEndThroughAnotherAttempt) {
  const auto piece = [&](int attempt, const std::string& text, int end, bool ended) {
    v1::GetLogsResponse one;
    one.set_attempt_id(attempt);
    one.set_text(text);
    one.set_end_byte(end);
    one.set_ended(ended);
    fake_.log_history.push_back(one);
  };
  piece(7, "first loss\nhalf ", 16, false);
  piece(7, "a line\n", 23, true);
  piece(8, "", 0, false);
  piece(8, "second loss\x1b[2J\nlast", 20, true);
  fake_.experiment.set_state(v1::EXPERIMENT_STATE_RUNNING);
  // Over once the second attempt is.
  std::thread later([&] {
    while (fake_.log_history.size() > 1) absl::SleepFor(absl::Milliseconds(20));
    fake_.experiment.set_state(v1::EXPERIMENT_STATE_FINISHED);
  });
  const Ran ran = Run({"exp", "logs", "aaaa", "-f"});
  later.join();
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "first loss\nhalf a line\nsecond loss\\x1b[2J\nlast\n");
  EXPECT_THAT(ran.err, HasSubstr("--- attempt 8 ---"));
}

TEST_F(OutputTest, LogsAreChosenByPatternAndTime) {
  fake_.logs.set_text("loss 3\nother\nloss 2\n");
  EXPECT_EQ(Run({"exp", "logs", "aaaa", "--grep", "^loss", "--since", "10m"}).out,
            "loss 3\nloss 2\n");
  EXPECT_GT(fake_.logs_request.since().seconds(), 0);
  EXPECT_EQ(Run({"exp", "logs", "aaaa", "--grep", "("}).code, 2);
  EXPECT_EQ(Run({"exp", "logs", "aaaa", "--since", "soon"}).code, 2);
}

TEST_F(OutputTest, TopPrintsOnceWhereNobodyLooks) {
  fake_.sweeps.mutable_sweeps(0)->mutable_counts()->set_running(1);
  fake_.sweeps.set_total(3);
  v1::Experiment* one = fake_.experiments.add_experiments();
  one->set_id("aaaa");
  one->mutable_plan()->set_steps(100);
  one->set_step(50);
  const Ran ran = Run({"top"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("3 sweeps, 1 running"));
  EXPECT_THAT(ran.out, HasSubstr(" 50 %"));
  EXPECT_THAT(ran.out, Not(HasSubstr("\x1b")));
}

TEST_F(OutputTest, DoctorSaysWhatIsMissingAndHowToMendIt) {
  const Ran ran = Run({"doctor", "-o", "json"});
  const json checks = json::parse(ran.out)["checks"];
  std::set<std::string> names;
  for (const json& check : checks) {
    names.insert(check["check"]);
    if (check["verdict"] == "ok") continue;
    EXPECT_FALSE(check["mend"].get<std::string>().empty()) << check;
  }
  for (const char* name : {"ff-coordinator", "cpu", "gpu", "coordinator", "browser", "plotly.js",
                           "state", "data cpu_fast"}) {
    EXPECT_THAT(names, Contains(name));
  }
  fake_.Stop();
  const Ran away = Run({"doctor"});
  EXPECT_EQ(away.code, 1);
  EXPECT_THAT(away.out, HasSubstr("no coordinator answers"));
}

TEST_F(OutputTest, ManualPagesComeFromTheSameTable) {
  EXPECT_THAT(Run({"man", "sweep", "wait"}).out, StartsWith(".TH FFCTL-SWEEP-WAIT 1"));
  EXPECT_EQ(Run({"man", "sweep", "wiat"}).code, 3);
  ASSERT_EQ(Run({"man", "--to", "man1"}).code, 0);
  for (const Command& command : AllCommands()) {
    std::string name = command.Name();
    std::replace(name.begin(), name.end(), ' ', '-');
    EXPECT_EQ(std::filesystem::exists(line_.home / ("man1/ffctl-" + name + ".1")), !command.hidden)
        << name;
  }
}

TEST_F(OutputTest, EventsSayWhoDidWhat) {
  v1::Event* event = fake_.events.add_events();
  event->set_kind("paused");
  event->set_message("by ann: \x1b]0;evil");
  EXPECT_THAT(Run({"sweep", "events"}).out, HasSubstr("by ann: \\x1b]0;evil"));
}

}  // namespace
}  // namespace ff::client
