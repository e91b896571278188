// ffctl __complete: what could stand in the place of the last word, for the shells' scripts.
#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/commands/all.h"
#include "client/contexts.h"
#include "client/print/words.h"
#include "client/session.h"
#include "conf/load/load.h"

namespace ff::client {
namespace {

struct Candidate {
  std::string word, meaning;
};
using Candidates = std::vector<Candidate>;

std::string Unaliased(const std::string& word) {
  const auto it = Aliases().find(word);
  return it == Aliases().end() ? word : it->second;
}

const Flag* FindFlag(const std::vector<Flag>& flags, const std::string& word) {
  for (const Flag& flag : flags) {
    for (const auto name : absl::StrSplit(flag.name, ',')) {
      if (name == word) return &flag;
    }
  }
  return nullptr;
}

// What is on the line before the word that is completed.
struct Line {
  const Command* command = nullptr;
  std::string noun;
  std::vector<Flag> flags = GlobalFlags();
  int words = 0;       // of the command's own
  std::string wanted;  // flag whose value stands here; empty: a word
  std::string sweep;   // --sweep's value
  Arguments globals;   // for the connection
};

void TakeWord(const std::vector<Command>& commands, const std::string& word, Line* line) {
  const std::string name = Unaliased(word);
  if (line->command != nullptr) {
    ++line->words;
    return;
  }
  const std::string noun = line->noun.empty() ? name : line->noun;
  for (const Command& command : commands) {
    const bool whole = line->noun.empty() && command.verb.empty();
    const bool meant = command.verb == name || command.verb == Unaliased(name);
    if (command.noun != noun || (!whole && (line->noun.empty() || !meant))) continue;
    line->command = &command;
    line->flags = With(command.flags, GlobalFlags());
  }
  line->noun = noun;
}

Line Read(const std::vector<Command>& commands, const std::vector<std::string>& before) {
  Line line;
  for (size_t i = 0; i < before.size(); ++i) {
    if (before[i] == "=") continue;  // bash's own word
    if (!absl::StartsWith(before[i], "-")) {
      TakeWord(commands, before[i], &line);
      continue;
    }
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(before[i], absl::MaxSplits('=', 1));
    const Flag* flag = FindFlag(line.flags, parts.first);
    if (flag == nullptr || flag->value.empty()) continue;
    std::string value = parts.second;
    if (value.empty()) {
      while (i + 1 < before.size() && before[i + 1] == "=") ++i;
      if (i + 1 == before.size()) {
        line.wanted = parts.first;
        break;
      }
      value = before[++i];
    }
    if (parts.first == "--sweep") line.sweep = value;
    if (parts.first == "--coordinator" || parts.first == "--context") {
      line.globals.flags[parts.first.substr(2)] = {value};
    }
  }
  return line;
}

Candidates Sweeps(CoordinatorClient& client) {
  Candidates found = {{"@latest", "the newest"}};
  const auto sweeps = client.ListSweeps();
  if (!sweeps.ok()) return found;
  for (const v1::Sweep& sweep : sweeps->sweeps()) {
    found.push_back({sweep.id(), absl::StrCat(sweep.name(), ", ", StateWord(sweep.state()))});
  }
  return found;
}

Candidates Experiments(CoordinatorClient& client, const std::string& sweep) {
  v1::ListExperimentsRequest request;
  request.set_sweep(sweep.empty() ? "@latest" : sweep);
  request.set_brief(true);
  request.set_limit(200);
  Candidates found;
  const auto page = client.ListExperiments(request);
  if (!page.ok()) return found;
  for (const v1::Experiment& one : page->experiments()) {
    found.push_back({one.id(), StateWord(one.state())});
  }
  return found;
}

Candidates Workers(CoordinatorClient& client) {
  Candidates found;
  const auto workers = client.ListWorkers();
  if (!workers.ok()) return found;
  for (const v1::Worker& worker : workers->workers()) {
    found.push_back({worker.name(), absl::StrCat(worker.id(), worker.alive() ? "" : ", silent")});
  }
  return found;
}

Candidates ContextNames(Session& session) {
  Candidates found;
  const auto contexts = LoadContexts(ContextsPath(session.env()));
  if (!contexts.ok()) return found;
  for (const auto& [name, address] : contexts->coordinators) found.push_back({name, address});
  return found;
}

Candidates PresetWords() {
  Candidates found;
  for (const std::string& name : conf::PresetNames()) found.push_back({name, "preset"});
  return found;
}

// What a place named so in a usage line can be filled with.
Candidates Fill(Session& session, const Line& line, const std::string& place) {
  const bool live = absl::StrContains(place, "SWEEP") || absl::StrContains(place, "EXPERIMENT") ||
                    absl::StrContains(place, "WORKER");
  if (absl::StrContains(place, "NAME|FILE")) return PresetWords();
  if (place == "NAME" || place == "CONTEXT") return ContextNames(session);
  if (place == "SHELL") return {{"bash", ""}, {"zsh", ""}, {"fish", ""}};
  if (place == "[SECTION]" || place == "SECTION") {
    return {{"planner", ""},    {"trainer", ""},     {"analyzer", ""},
            {"visualizer", ""}, {"coordinator", ""}, {"worker", ""}};
  }
  if (!live) return {};
  const absl::StatusOr<CoordinatorClient*> client = session.Client();
  if (!client.ok()) return {};
  if (absl::StrContains(place, "EXPERIMENT")) return Experiments(**client, line.sweep);
  return absl::StrContains(place, "WORKER") ? Workers(**client) : Sweeps(**client);
}

Candidates FlagsOf(const Line& line) {
  Candidates found;
  for (const Flag& flag : line.flags) {
    const std::vector<std::string> names = absl::StrSplit(flag.name, ',');
    found.push_back({names.back(), flag.help});
  }
  return found;
}

Candidates CommandsOf(const std::vector<Command>& commands, const Line& line) {
  Candidates found;
  std::set<std::string> said;
  for (const Command& command : commands) {
    if (command.hidden || (!line.noun.empty() && command.noun != line.noun)) continue;
    const std::string word = line.noun.empty() ? command.noun : command.verb;
    if (!word.empty() && said.insert(word).second) {
      found.push_back({word, line.noun.empty() && !command.verb.empty() ? "" : command.summary});
    }
  }
  return found;
}

Candidates Complete(Session& session, const std::vector<Command>& commands, const Line& line,
                    const std::string& word) {
  if (!line.wanted.empty()) {
    const Flag* flag = FindFlag(line.flags, line.wanted);
    Candidates found;
    for (const std::string& choice : flag->choices) found.push_back({choice, ""});
    return found.empty() ? Fill(session, line, flag->name == "--context" ? "CONTEXT" : flag->value)
                         : found;
  }
  if (absl::StartsWith(word, "-")) return FlagsOf(line);
  if (line.command == nullptr) return CommandsOf(commands, line);
  const std::vector<std::string> places =
      absl::StrSplit(line.command->words, ' ', absl::SkipEmpty());
  if (static_cast<size_t>(line.words) >= places.size()) return {};
  const std::string& place = places[static_cast<size_t>(line.words)];
  return Fill(session, line, line.command->noun == "context" ? "CONTEXT" : place);
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const std::vector<Command> commands = AllCommands();
  std::vector<std::string> before = arguments.words;
  const std::string word = before.empty() ? "" : before.back();
  if (!before.empty()) before.pop_back();
  Line line = Read(commands, before);
  // A shell does not wait: a coordinator that does not answer has nothing to offer.
  line.globals.flags["timeout"] = {"1"};
  if (absl::Status configured = session.Configure(line.globals); !configured.ok())
    return configured;
  for (const Candidate& one : Complete(session, commands, line, word)) {
    if (absl::StartsWith(one.word, word) || word == "=") {
      session.out() << VisibleLine(one.word) << "\t" << VisibleLine(one.meaning) << "\n";
    }
  }
  return Exit::kOk;
}

}  // namespace

Command CompleteCommand() {
  return {.noun = "__complete",
          .summary = "What could stand in the place of the last word",
          .words = "[WORD...]",
          .max_words = -1,
          .run = Run,
          .hidden = true};
}

}  // namespace ff::client
