// What a command is: its words, its flags, its help, and the function that does it. One
// file in client/commands/ makes one Command; parsing, help and completion read the same
// table, so that they never disagree. Plain values.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/errors.h"

namespace ff::client {

class Session;

struct Flag {
  std::string name;   // "--preset" or "-p,--preset"
  std::string value;  // "NAME|FILE"; empty: a switch
  std::string help;
  bool repeatable = false;
  std::vector<std::string> choices;  // empty: any text
};

// What was on the command line, after parsing: flags by their long name without dashes.
struct Arguments {
  std::map<std::string, std::vector<std::string>> flags;
  std::vector<std::string> words;

  bool Has(const std::string& flag) const { return flags.count(flag) > 0; }
  // The last value given, or `otherwise`.
  std::string Get(const std::string& flag, const std::string& otherwise = "") const;
  std::vector<std::string> All(const std::string& flag) const;
};

struct Command {
  std::string noun{};
  std::string verb{};     // empty: the noun alone is the command
  std::string summary{};  // one line, no full stop
  std::string words{};    // "[SWEEP]", "COMPUTE...": for the usage line
  int min_words = 0;
  int max_words = 0;  // negative: any number
  std::vector<Flag> flags{};
  std::vector<std::string> examples{};
  std::string details{};  // further paragraphs of --help
  std::function<absl::StatusOr<Exit>(Session&, const Arguments&)> run{};

  bool hidden = false;  // not in help, man pages and completion
  // What `-o json` prints, as a message of ff.v1: "Sweep" (see `ffctl schema`). Empty: another
  // object.
  std::string answer{};
  bool long_text = false;  // may fill more than a screen, all at once: goes through a pager

  std::string Name() const { return verb.empty() ? noun : noun + " " + verb; }
};

// Flags that every command takes.
const std::vector<Flag>& GlobalFlags();

// Of commands that list, and of commands that change something.
const std::vector<Flag>& ListFlags();
const std::vector<Flag>& ChangeFlags();
// The same for what changes a sweep: with --if-version.
std::vector<Flag> SweepChangeFlags();
std::vector<Flag> With(std::vector<Flag> flags, const std::vector<Flag>& more);

// Other words for nouns and verbs: exp -> experiment, viz -> visualize, ls -> list ... One may lead
// to another (rm -> remove -> delete): the first that the noun has is meant.
const std::map<std::string, std::string>& Aliases();

}  // namespace ff::client
