// Runs testdata/*.txt: lines that begin with ">" are what happens, the lines under them
// what the scheduler decides. FF_UPDATE_TRANSCRIPTS=1 rewrites the files from what it does.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/server/scheduler/playground.h"

namespace ff::scheduler {
namespace {

const char* Word(ExperimentState state) {
  static const char* const kWords[] = {"?",        "waiting", "leased",   "running",
                                       "finished", "failed",  "cancelled"};
  return kWords[static_cast<int>(state)];
}

const char* Word(SweepState state) {
  static const char* const kWords[] = {"?", "active", "paused", "finished", "cancelled"};
  return kWords[static_cast<int>(state)];
}

class Printer {
 public:
  explicit Printer(Playground& game) : game_(game) {}
  std::string operator()(const Grant& g) {
    return absl::StrCat("grant ", g.experiment_id, " epoch ", g.epoch, " to ", g.worker_id,
                        g.device_id.empty() ? "" : absl::StrCat(" on ", g.device_id), " until ",
                        Seconds(g.deadline));
  }
  std::string operator()(const SetHealth& h) {
    const std::string device = h.health.device_id.empty()
                                   ? h.worker_id
                                   : absl::StrCat(h.worker_id, "/", h.health.device_id);
    return absl::StrCat("health ", device, " ", h.why, ", fast failures ", h.health.fast_failures,
                        h.health.cordoned.empty() ? "" : absl::StrCat(": ", h.health.cordoned));
  }
  std::string operator()(const Renew& r) {
    return absl::StrCat(r.started ? "start " : "renew ", Name(r.attempt_id), " until ",
                        Seconds(r.deadline));
  }
  std::string operator()(const EndAttempt& e) {
    return absl::StrCat("end ", Name(e.attempt_id), " ", e.state,
                        e.failure ? absl::StrCat(": ", e.failure->message) : "");
  }
  std::string operator()(const SetExperiment& s) {
    return absl::StrCat("experiment ", s.experiment.id, " ", Word(s.experiment.state), " (", s.why,
                        ")");
  }
  std::string operator()(const KeepResult& k) {
    return absl::StrCat("result of ", k.experiment_id, " from ", Name(k.attempt_id));
  }
  std::string operator()(const SetSweep& s) {
    return absl::StrCat("sweep ", s.sweep_id, " ", Word(s.state));
  }

 private:
  std::string Name(int64_t id) {
    const AttemptView* attempt = game_.FindAttempt(id);
    return absl::StrCat(attempt->experiment_id, ".", attempt->epoch);
  }
  static int64_t Seconds(absl::Time time) { return absl::ToUnixSeconds(time); }

  Playground& game_;
};

// "a.1=running" or "a.1=failed:crashed" or "a.1=running@500" (checkpoint at step 500); "!" at the
// end: it has made a step.
Report ReadReport(Playground& game, const std::string& word) {
  const std::pair<std::string, std::string> sides = absl::StrSplit(word, absl::MaxSplits('=', 1));
  const std::pair<std::string, int> lease = [&] {
    const std::vector<std::string> parts = absl::StrSplit(sides.first, '.');
    return std::make_pair(parts[0], std::stoi(parts[1]));
  }();
  Report report;
  report.stepped = absl::EndsWith(word, "!");
  report.epoch = lease.second;
  for (const AttemptView& attempt : game.world.attempts) {
    if (attempt.experiment_id == lease.first && attempt.epoch == report.epoch) {
      report.attempt_id = attempt.id;
    }
  }
  std::vector<std::string> at = absl::StrSplit(absl::StripSuffix(sides.second, "!"), '@');
  if (at.size() > 1) report.checkpoint_step = std::stoi(at[1]);
  const std::vector<std::string> state = absl::StrSplit(at[0], ':');
  report.state = state[0];
  if (state.size() > 1) report.failure = Failure{state[1], "trainer says so"};
  return report;
}

double NumberIn(const std::string& word) { return std::stod(word.substr(word.find('=') + 1)); }

void SetRule(Playground& game, const std::string& word) {
  const absl::Duration seconds = absl::Seconds(NumberIn(word));
  if (absl::StartsWith(word, "backoff=")) game.rules.backoff = seconds;
  if (absl::StartsWith(word, "max_losses="))
    game.rules.max_losses = static_cast<int>(NumberIn(word));
  if (absl::StartsWith(word, "quarantine=")) {
    game.rules.quarantine_after = static_cast<int>(NumberIn(word));
  }
  if (absl::StartsWith(word, "may_grant=")) game.rules.may_grant = NumberIn(word) > 0;
  if (absl::StartsWith(word, "tempfail=")) {
    game.rules.failure_rules = *ParseFailureRules({"log EX_TEMPFAIL -> infrastructure"});
  }
}

void SetShare(SweepView& sweep, const std::string& word) {
  if (absl::StartsWith(word, "priority=")) sweep.priority = static_cast<int>(NumberIn(word));
  if (absl::StartsWith(word, "weight=")) sweep.weight = NumberIn(word);
  if (absl::StartsWith(word, "max_running=")) sweep.max_running = static_cast<int>(NumberIn(word));
}

Device ReadDevice(const std::string& word) {
  const size_t bracket = word.find('[');
  const std::string inside = word.substr(bracket + 1, word.size() - bracket - 2);
  const std::vector<std::string> numbers = absl::StrSplit(inside, 'x');
  Device device;
  device.id = word.substr(0, bracket);
  device.kind = device.id.substr(0, device.id.find(':'));
  if (numbers.size() == 2) {
    device.slots = device.free_slots = std::stoi(numbers[0]);
    device.memory_bytes = device.free_memory_bytes = std::stod(numbers[1]);
  } else {
    device.fault = inside;
  }
  return device;
}

std::string Run(Playground& game, const std::string& line) {
  const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
  Event event = TimePasses{};
  if (words[0] == "sweep") {
    game.AddSweep(words[1], {words.begin() + 2, words.end()});
    return "";
  }
  if (words[0] == "free") {
    game.free_workers.assign(words.begin() + 1, words.end());
    return "";
  }
  if (words[0] == "grace") {
    game.rules.no_expiry_before = absl::FromUnixSeconds(std::stoi(words[1]));
    return "";
  }
  if (words[0] == "rules") {  // NAME=NUMBER...
    for (size_t i = 1; i < words.size(); ++i) SetRule(game, words[i]);
    return "";
  }
  if (words[0] == "share") {  // SWEEP NAME=NUMBER...
    for (size_t i = 2; i < words.size(); ++i) SetShare(game.FindSweep(words[1]), words[i]);
    return "";
  }
  if (words[0] == "needs") {  // EXPERIMENT KIND BYTES
    for (ExperimentView& e : game.world.experiments) {
      if (e.id == words[1]) e.device_kind = words[2], e.memory_bytes = std::stod(words[3]);
    }
    return "";
  }
  if (words[0] == "drain") {
    event = UserDrains{words[1], game.now + absl::Seconds(std::stoi(words[2]))};
  }
  if (words[0] == "uncordon") event = UserUncordons{words[1], words.size() > 2 ? words[2] : ""};
  if (words[0] == "wait") game.now += absl::Seconds(std::stoi(words[1]));
  if (words[0] == "pause") event = UserPauses{words[1]};
  if (words[0] == "resume") event = UserResumes{words[1]};
  if (words[0] == "cancel") event = UserCancels{words[1]};
  if (words[0] == "retry") event = UserRetries{words[1]};
  if (words[0] == "call") {  // call WORKER/INCARNATION SLOTS REPORT...
    const std::vector<std::string> who = absl::StrSplit(words[1], '/');
    WorkerCalls call{who[0], who[1], std::stoi(words[2]), {}};
    for (size_t i = 3; i < words.size(); ++i) {
      // "cuda:0[1x40]": a device with one free slot and 40 bytes; "cuda:0[Xid 79]": a broken one.
      if (absl::EndsWith(words[i], "]")) {
        call.devices.push_back(ReadDevice(words[i]));
      } else {
        call.reports.push_back(ReadReport(game, words[i]));
      }
    }
    event = call;
  }
  const Decision decision = game.Happen(event);
  std::string out;
  for (const Change& change : decision.changes) {
    absl::StrAppend(&out, std::visit(Printer(game), change), "\n");
  }
  if (!decision.held.empty())
    absl::StrAppend(&out, "held: ", absl::StrJoin(decision.held, " "), "\n");
  if (!decision.settled.empty()) {
    absl::StrAppend(&out, "settled: ", absl::StrJoin(decision.settled, " "), "\n");
  }
  return out.empty() ? "nothing\n" : out;
}

std::string Replay(const std::string& text) {
  Playground game;
  std::string out;
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(text, '\n'))) {
    if (line.empty() || line[0] == '#') absl::StrAppend(&out, line, "\n");
    if (line.empty() || line[0] != '>') continue;
    absl::StrAppend(&out, line, "\n", Run(game, line.substr(1)));
    for (const std::string& wrong : CheckState(game.world)) {
      absl::StrAppend(&out, "INVARIANT: ", wrong, "\n");
    }
  }
  absl::StripAsciiWhitespace(&out);
  return out + "\n";
}

class Transcript : public ::testing::TestWithParam<std::string> {};

TEST_P(Transcript, IsWhatHappens) {
  const std::string path =
      absl::StrCat(FF_SOURCE_DIR, "/tests/server/scheduler/testdata/", GetParam(), ".txt");
  std::stringstream expected;
  expected << std::ifstream(path).rdbuf();
  ASSERT_FALSE(expected.str().empty()) << path;
  const std::string actual = Replay(expected.str());
  if (std::getenv("FF_UPDATE_TRANSCRIPTS") != nullptr) std::ofstream(path) << actual;
  EXPECT_EQ(actual, expected.str());
}

INSTANTIATE_TEST_SUITE_P(Files, Transcript,
                         ::testing::Values("life", "lost", "late_finish", "failures", "users",
                                           "placement", "budgets", "quarantine", "sharing"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace ff::scheduler
