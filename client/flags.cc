#include "client/flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/print/words.h"

namespace ff::client {
namespace {

std::string LongName(const Flag& flag) {
  const std::vector<std::string> names = absl::StrSplit(flag.name, ',');
  return names.back().substr(2);
}

constexpr int kLongestChain = 2;  // of aliases

std::string Unaliased(const std::string& word) {
  const auto it = Aliases().find(word);
  return it == Aliases().end() ? word : it->second;
}

// Does this word consume the next one? Only global flags may stand before the command, and only
// those of its `list` behind a noun alone.
bool TakesNextWord(const std::string& word, const std::vector<Flag>& flags) {
  for (const Flag& flag : flags) {
    for (const auto name : absl::StrSplit(flag.name, ',')) {
      if (word == name) return !flag.value.empty();
    }
  }
  return false;
}

// Index of the first plain word from `from` on, past the values of these flags; words.size() if
// there is none.
size_t NextPlainWord(const std::vector<std::string>& words, size_t from,
                     const std::vector<Flag>& flags) {
  for (size_t i = from; i < words.size(); ++i) {
    if (!absl::StartsWith(words[i], "-")) return i;
    if (words[i] == "--") break;
    if (TakesNextWord(words[i], flags)) ++i;
  }
  return words.size();
}

bool WantsHelp(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word == "--") return false;
    if (word == "-h" || word == "--help") return true;
  }
  return false;
}

absl::Status UnknownWord(const std::string& kind, const std::string& word,
                         std::vector<std::string> known, const std::string& help) {
  std::vector<std::string> with_aliases = known;
  for (const auto& [alias, meaning] : Aliases()) {
    if (std::count(known.begin(), known.end(), meaning) > 0) with_aliases.push_back(alias);
  }
  const std::string near = NearestWord(word, with_aliases);
  return Fail(absl::StatusCode::kInvalidArgument, absl::StrCat("unknown ", kind, " '", word, "'"),
              near.empty() ? absl::StrCat("there are: ", absl::StrJoin(known, ", "))
                           : absl::StrCat("did you mean '", near, "'?"),
              help);
}

struct Choice {
  const Command* command = nullptr;
  std::string noun;
  std::vector<size_t> used;  // indices of the words that named it
};

absl::StatusOr<Choice> ChooseCommand(const std::vector<Command>& commands,
                                     const std::vector<std::string>& words, bool help) {
  Choice choice;
  const size_t first = NextPlainWord(words, 0, GlobalFlags());
  if (first == words.size()) return choice;
  const std::string noun = Unaliased(words[first]);
  std::map<std::string, const Command*> verbs;
  std::vector<std::string> nouns;
  for (const Command& command : commands) {
    const bool named = std::count(nouns.begin(), nouns.end(), command.noun) > 0;
    if (!named && !command.hidden) nouns.push_back(command.noun);
    if (command.noun == noun) verbs[command.verb] = &command;
  }
  if (verbs.empty()) return UnknownWord("command", words[first], nouns, "ffctl --help");
  choice.noun = noun;
  choice.used = {first};
  if (verbs.count("") > 0) {
    choice.command = verbs[""];
    return choice;
  }
  const bool lists = verbs.count("list") > 0;
  const size_t second = NextPlainWord(
      words, first + 1, With(GlobalFlags(), lists ? verbs["list"]->flags : std::vector<Flag>()));
  if (second == words.size()) {
    if (!help && lists) choice.command = verbs["list"];
    return choice;
  }
  auto verb = verbs.find(words[second]);
  std::string other = words[second];
  for (int i = 0; verb == verbs.end() && i < kLongestChain; ++i) {
    other = Unaliased(other);
    verb = verbs.find(other);
  }
  if (verb == verbs.end()) {
    std::vector<std::string> known;
    known.reserve(verbs.size());
    for (const auto& [name, command] : verbs) known.push_back(name);
    return UnknownWord(absl::StrCat("verb of ", noun), words[second], known,
                       absl::StrCat("ffctl ", noun, " --help"));
  }
  choice.command = verb->second;
  choice.used.push_back(second);
  return choice;
}

std::vector<Flag> AllFlags(const Command& command) {
  std::vector<Flag> flags = command.flags;
  flags.insert(flags.end(), GlobalFlags().begin(), GlobalFlags().end());
  return flags;
}

absl::Status UnknownFlag(const Command& command, const std::string& word) {
  std::vector<std::string> known;
  for (const Flag& flag : AllFlags(command)) {
    for (const auto name : absl::StrSplit(flag.name, ',')) known.emplace_back(name);
  }
  const std::string name = word.substr(0, word.find('='));
  const std::string near = NearestWord(name, known);
  return Fail(absl::StatusCode::kInvalidArgument,
              absl::StrCat("ffctl ", command.Name(), " has no flag '", name, "'"),
              near.empty() ? "" : absl::StrCat("did you mean '", near, "'?"),
              absl::StrCat("ffctl ", command.Name(), " --help"));
}

absl::Status CheckChoice(const Flag& flag, const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    if (flag.choices.empty() || std::count(flag.choices.begin(), flag.choices.end(), value) > 0) {
      continue;
    }
    const std::string near = NearestWord(value, flag.choices);
    return absl::InvalidArgumentError(
        absl::StrCat("--", LongName(flag), " cannot be '", value, "'\n",
                     near.empty() ? "" : absl::StrCat("did you mean '", near, "'? "),
                     "it is one of ", absl::StrJoin(flag.choices, ", ")));
  }
  return absl::OkStatus();
}

// CLI11 does the parsing proper: short and long names, "=", "--", switches, values.
absl::StatusOr<Arguments> ParseFlags(const Command& command, std::vector<std::string> words) {
  CLI::App app;
  app.set_help_flag();
  Arguments arguments;
  std::map<std::string, std::vector<std::string>> values;
  std::map<std::string, CLI::Option*> options;
  for (const Flag& flag : AllFlags(command)) {
    const std::string name = LongName(flag);
    options[name] =
        flag.value.empty()
            ? app.add_flag(flag.name)
            : app.add_option(flag.name, values[name])->expected(1)->allow_extra_args(false);
    if (!flag.value.empty()) options[name]->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  app.add_option("words", arguments.words);
  try {
    std::reverse(words.begin(), words.end());  // CLI11 parses a stack
    app.parse(words);
  } catch (const CLI::ExtrasError& error) {
    // "The following argument was not expected: --presett"
    const std::vector<std::string> parts = absl::StrSplit(error.what(), ' ');
    return UnknownFlag(command, parts.back());
  } catch (const CLI::ParseError& error) {
    return Fail(absl::StatusCode::kInvalidArgument, error.what(), "",
                absl::StrCat("ffctl ", command.Name(), " --help"));
  }
  for (const Flag& flag : AllFlags(command)) {
    const std::string name = LongName(flag);
    if (options[name]->count() == 0) continue;
    if (absl::Status status = CheckChoice(flag, values[name]); !status.ok()) return status;
    arguments.flags[name] = values[name];
  }
  return arguments;
}

absl::Status CheckWords(const Command& command, const std::vector<std::string>& words) {
  const auto count = static_cast<int>(words.size());
  const std::string usage = absl::StrCat("ffctl ", command.Name(), " ", command.words);
  if (count < command.min_words) {
    return Fail(absl::StatusCode::kInvalidArgument,
                absl::StrCat("ffctl ", command.Name(), " needs ", command.words), "", usage);
  }
  if (command.max_words >= 0 && count > command.max_words) {
    return Fail(absl::StatusCode::kInvalidArgument,
                absl::StrCat("ffctl ", command.Name(), " does not take '",
                             words[static_cast<size_t>(command.max_words)], "'"),
                "", usage);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Parsed> ParseCommandLine(const std::vector<Command>& commands,
                                        const std::vector<std::string>& given) {
  std::vector<std::string> words = given;
  // `ffctl help sweep` is `ffctl sweep --help`.
  if (!words.empty() && words[0] == "help") {
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  if (!words.empty() && words[0] == "--version") words[0] = "version";
  const bool help = WantsHelp(words);
  absl::StatusOr<Choice> choice = ChooseCommand(commands, words, help);
  if (!choice.ok()) return choice.status();
  Parsed parsed;
  parsed.command = choice->command;
  parsed.help_noun = choice->noun;
  parsed.help = help || choice->command == nullptr;
  parsed.brief = std::count(words.begin(), words.end(), "--help") == 0;
  if (parsed.help) return parsed;
  const std::set<size_t> used(choice->used.begin(), choice->used.end());
  std::vector<std::string> rest;
  for (size_t i = 0; i < words.size(); ++i) {
    if (used.count(i) == 0) rest.push_back(words[i]);
  }
  absl::StatusOr<Arguments> arguments = ParseFlags(*choice->command, rest);
  if (!arguments.ok()) return arguments.status();
  if (absl::Status status = CheckWords(*choice->command, arguments->words); !status.ok()) {
    return status;
  }
  parsed.arguments = *std::move(arguments);
  return parsed;
}

}  // namespace ff::client
