// The command line: which command is meant, what its flags say, what a mistake is told;
// and the table of exit codes.
#include "client/flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "client/commands/all.h"

namespace ff::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<Command>& Commands() {
  static const auto* const kCommands = new std::vector<Command>(AllCommands());
  return *kCommands;
}

absl::StatusOr<Parsed> Parse(const std::string& line) {
  return ParseCommandLine(Commands(), absl::StrSplit(line, ' ', absl::SkipEmpty()));
}

std::string NameOf(const std::string& line) {
  const auto parsed = Parse(line);
  if (!parsed.ok()) return parsed.status().ToString();
  return parsed->command == nullptr ? "none" : parsed->command->Name();
}

std::string ErrorOf(const std::string& line) {
  const absl::Status status = Parse(line).status();
  EXPECT_EQ(ExitOf(status), Exit::kUsage) << line;
  return ErrorText(status, Style());
}

TEST(Flags, ABareNounLists) {
  EXPECT_EQ(NameOf("sweep"), "sweep list");
  EXPECT_EQ(NameOf("experiment"), "experiment list");
  EXPECT_EQ(NameOf("sweep --sort-by -failed --columns name"), "sweep list");
  EXPECT_EQ(NameOf("exp --state failed"), "experiment list");
  EXPECT_EQ(NameOf("worker -o json"), "worker list");
}

TEST(Flags, AliasesAreWords) {
  EXPECT_EQ(NameOf("exp ls"), "experiment list");
  EXPECT_EQ(NameOf("viz"), "visualize");
  EXPECT_EQ(NameOf("sweep describe x"), "sweep get");
}

TEST(Flags, GlobalFlagsMayStandAnywhere) {
  EXPECT_EQ(NameOf("-o json sweep list"), "sweep list");
  EXPECT_EQ(NameOf("--coordinator h:1 sweep --output=json get abc"), "sweep get");
  const auto parsed = Parse("sweep get abc -o json --timeout 5");
  EXPECT_EQ(parsed->arguments.Get("output"), "json");
  EXPECT_EQ(parsed->arguments.Get("timeout"), "5");
  EXPECT_THAT(parsed->arguments.words, ElementsAre("abc"));
}

TEST(Flags, RepeatableFlagsKeepTheirOrder) {
  const auto parsed = Parse(
      "train --preset cpu_fast --config a.yaml trainer.seed=1 --config b.yaml mode=synthetic");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_THAT(parsed->arguments.All("config"), ElementsAre("a.yaml", "b.yaml"));
  EXPECT_THAT(parsed->arguments.words, ElementsAre("trainer.seed=1", "mode=synthetic"));
}

TEST(Flags, AnArgumentThatIsAVerbElsewhereIsJustAWord) {
  EXPECT_THAT(Parse("sweep get list")->arguments.words, ElementsAre("list"));
}

TEST(Flags, MistypedWordsGetTheNearest) {
  EXPECT_EQ(ErrorOf("swep list"),
            "error: unknown command 'swep'\n  did you mean 'sweep'?\n  next: ffctl --help\n");
  EXPECT_EQ(ErrorOf("sweep paus"),
            "error: unknown verb of sweep 'paus'\n  did you mean 'pause'?\n"
            "  next: ffctl sweep --help\n");
  EXPECT_EQ(ErrorOf("train --presett cpu_fast"),
            "error: ffctl train has no flag '--presett'\n  did you mean '--preset'?\n"
            "  next: ffctl train --help\n");
  EXPECT_THAT(ErrorOf("sweep list -o jsn"), HasSubstr("did you mean 'json'?"));
}

TEST(Flags, WordsAreCounted) {
  EXPECT_THAT(ErrorOf("import"), HasSubstr("ffctl import needs"));
  EXPECT_THAT(ErrorOf("sweep get a b"), HasSubstr("does not take 'b'"));
  EXPECT_THAT(ErrorOf("experiment logs"), HasSubstr("needs EXPERIMENT"));
  EXPECT_THAT(ErrorOf("plan --preset"), HasSubstr("--preset"));
}

TEST(Flags, HelpIsForEverythingANounOrACommand) {
  EXPECT_TRUE(Parse("")->help);
  EXPECT_TRUE(Parse("--help")->help);
  EXPECT_EQ(Parse("sweep --help")->help_noun, "sweep");
  EXPECT_EQ(Parse("sweep get -h")->command->Name(), "sweep get");
  EXPECT_EQ(Parse("help train")->command->Name(), "train");
  EXPECT_EQ(NameOf("--version"), "version");
}

TEST(Help, EveryCommandExplainsItself) {
  const std::string overview = OverviewHelp(Commands());
  for (const Command& command : Commands()) {
    if (!absl::StartsWith(command.Name(), "__")) {  // what shells call, not people
      EXPECT_THAT(overview, HasSubstr("  " + command.Name() + " "));
    }
    EXPECT_FALSE(command.summary.empty()) << command.Name();
    EXPECT_NE(command.summary.back(), '.') << command.Name();
    EXPECT_TRUE(command.run != nullptr) << command.Name();
    EXPECT_THAT(CommandHelp(command), HasSubstr("Usage: ffctl " + command.Name()));
    for (const Flag& flag : command.flags) EXPECT_FALSE(flag.help.empty()) << flag.name;
  }
}

struct Case {
  absl::StatusCode code;
  int exit;
};

TEST(ExitCodes, AreThoseOfTheDocumentedTable) {
  const Case kCases[] = {
      {absl::StatusCode::kOk, 0},
      {absl::StatusCode::kInternal, 1},
      {absl::StatusCode::kUnknown, 1},
      {absl::StatusCode::kFailedPrecondition, 1},
      {absl::StatusCode::kResourceExhausted, 1},
      {absl::StatusCode::kUnimplemented, 1},
      {absl::StatusCode::kDataLoss, 1},
      {absl::StatusCode::kInvalidArgument, 2},
      {absl::StatusCode::kOutOfRange, 2},
      {absl::StatusCode::kNotFound, 3},
      {absl::StatusCode::kAlreadyExists, 3},
      {absl::StatusCode::kAborted, 3},
      {absl::StatusCode::kUnauthenticated, 4},
      {absl::StatusCode::kPermissionDenied, 4},
      {absl::StatusCode::kUnavailable, 5},
      {absl::StatusCode::kDeadlineExceeded, 7},
      {absl::StatusCode::kCancelled, 130},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(static_cast<int>(ExitOf(absl::Status(c.code, "x"))), c.exit)
        << absl::StatusCodeToString(c.code);
  }
  EXPECT_EQ(static_cast<int>(Exit::kExperimentsFailed), 6);
  for (const char* line :
       {"  0  done", "  1  error", "  2  usage", "  3  not found", "  4  not allowed",
        "  5  coordinator unreachable", "  6  done, but", "  7  timed out", "130  interrupted"}) {
    EXPECT_THAT(OverviewHelp(Commands()), HasSubstr(line));
  }
}

TEST(Errors, SayWhatWhyAndNext) {
  EXPECT_EQ(
      ErrorText(Fail(absl::StatusCode::kNotFound, "no such thing", "line one\nline two", "do this"),
                Style()),
      "error: no such thing\n  line one\n  line two\n  next: do this\n");
}

TEST(Errors, TheFirstNextStepStays) {
  const absl::Status status = WithNext(absl::NotFoundError("x"), "first");
  EXPECT_EQ(NextOf(WithNext(status, "second")), "first");
  EXPECT_TRUE(WithNext(absl::OkStatus(), "anything").ok());
}

TEST(Errors, AServersTextCannotForgeATerminal) {
  EXPECT_EQ(ErrorText(absl::InternalError("bad\x1b[2J name"), Style()),
            "error: bad\\x1b[2J name\n");
}

}  // namespace
}  // namespace ff::client
