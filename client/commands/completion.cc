// ffctl completion: a script for bash, zsh or fish, made from the table of commands.
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/commands/all.h"
#include "client/session.h"

namespace ff::client {
namespace {

// "" -> nouns and flags; "sweep" -> verbs; "sweep create" -> flags.
std::map<std::string, std::vector<std::string>> WordsAfter() {
  std::map<std::string, std::vector<std::string>> after;
  const auto add_flags = [&](const std::string& place, const std::vector<Flag>& flags) {
    for (const Flag& flag : flags) {
      for (const auto name : absl::StrSplit(flag.name, ',')) after[place].emplace_back(name);
    }
  };
  std::vector<Command> commands = AllCommands();
  for (const Command& command : commands) {
    if (after.count(command.noun) == 0) after[""].push_back(command.noun);
    if (!command.verb.empty()) after[command.noun].push_back(command.verb);
    add_flags(command.Name(), command.flags);
    add_flags(command.Name(), GlobalFlags());
  }
  return after;
}

constexpr char kBash[] = R"(# bash completion of ffctl:  source <(ffctl completion bash)
_ffctl() {
  local here=${COMP_WORDS[COMP_CWORD]} place="" i
  for ((i = 1; i < COMP_CWORD && i < 3; i++)); do
    case "${COMP_WORDS[i]}" in -*) ;; *) place="${place:+$place }${COMP_WORDS[i]}" ;; esac
  done
  case "$place" in
CASES  esac
}
complete -o default -F _ffctl ffctl
)";

std::string Bash() {
  std::string cases;
  for (const auto& [place, words] : WordsAfter()) {
    absl::StrAppend(&cases, "    \"", place, "\"*) COMPREPLY=($(compgen -W \"",
                    absl::StrJoin(words, " "), "\" -- \"$here\")) ;;\n");
  }
  // Longest first: "sweep create" before "sweep" before "".
  std::vector<std::string> lines = absl::StrSplit(cases, '\n', absl::SkipEmpty());
  std::reverse(lines.begin(), lines.end());
  return absl::StrReplaceAll(kBash, {{"CASES", absl::StrJoin(lines, "\n") + "\n"}});
}

// zsh runs the bash script by its own emulation.
std::string Zsh() {
  return absl::StrCat("# zsh completion of ffctl:  source <(ffctl completion zsh)\n",
                      "autoload -U +X bashcompinit && bashcompinit\n", Bash());
}

std::string Fish() {
  std::string text = "# fish completion of ffctl:  ffctl completion fish | source\n";
  std::map<std::string, bool> said;
  for (const Command& command : AllCommands()) {
    const std::string quoted = absl::StrReplaceAll(command.summary, {{"'", "\\'"}});
    if (command.verb.empty()) {
      absl::StrAppend(&text, "complete -c ffctl -n __fish_use_subcommand -a ", command.noun,
                      " -d '", quoted, "'\n");
    } else {
      if (!said[command.noun]) {
        absl::StrAppend(&text, "complete -c ffctl -n __fish_use_subcommand -a ", command.noun,
                        "\n");
        said[command.noun] = true;
      }
      absl::StrAppend(&text, "complete -c ffctl -n '__fish_seen_subcommand_from ", command.noun,
                      "' -a ", command.verb, " -d '", quoted, "'\n");
    }
  }
  for (const Flag& flag : GlobalFlags()) {
    const std::vector<std::string> names = absl::StrSplit(flag.name, ',');
    absl::StrAppend(&text, "complete -c ffctl -l ", names.back().substr(2),
                    flag.value.empty() ? "" : " -r", " -d '", flag.help, "'\n");
  }
  return text;
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const std::string& shell = arguments.words[0];
  if (shell != "bash" && shell != "zsh" && shell != "fish") {
    return absl::InvalidArgumentError(
        absl::StrCat("no completion for '", shell, "'\nthere is bash, zsh and fish"));
  }
  session.out() << (shell == "bash" ? Bash() : shell == "zsh" ? Zsh() : Fish());
  return Exit::kOk;
}

}  // namespace

Command CompletionCommand() {
  return {.noun = "completion",
          .summary = "Print a completion script for bash, zsh or fish",
          .words = "SHELL",
          .min_words = 1,
          .max_words = 1,
          .examples = {"source <(ffctl completion bash)"},
          .run = Run};
}

}  // namespace ff::client
