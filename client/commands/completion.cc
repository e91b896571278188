// ffctl completion: a script for bash, zsh or fish. The scripts know nothing of the commands: they
// ask `ffctl __complete` (complete.cc), which has the table of commands and the live ids.
#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/session.h"

namespace ff::client {
namespace {

// Candidates come one a line, a description after a tab. None: bash completes file names.
constexpr char kBash[] = R"(# bash completion of ffctl:  source <(ffctl completion bash)
_ffctl() {
  local cur=${COMP_WORDS[COMP_CWORD]} line
  # An "=" splits a word for bash: --output=js is three of them.
  [[ $cur == "=" ]] && cur=""
  COMPREPLY=()
  while IFS=$'\t' read -r line _; do
    [[ $line == "$cur"* ]] && COMPREPLY+=("$line")
  done < <(ffctl __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
}
complete -o default -F _ffctl ffctl
)";

constexpr char kZsh[] = R"(#compdef ffctl
# zsh completion of ffctl:  source <(ffctl completion zsh)
_ffctl() {
  local -a found
  local line
  while IFS= read -r line; do
    found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
  done < <(ffctl __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( ${#found} )); then _describe -V ffctl found; else _files; fi
}
compdef _ffctl ffctl
)";

constexpr char kFish[] = R"(# fish completion of ffctl:  ffctl completion fish | source
function __ffctl_complete
  set -l words (commandline -opc) (commandline -ct)
  ffctl __complete -- $words[2..-1] 2>/dev/null
end
complete -c ffctl -a '(__ffctl_complete)'
)";

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const std::string& shell = arguments.words[0];
  if (shell != "bash" && shell != "zsh" && shell != "fish") {
    return absl::InvalidArgumentError(
        absl::StrCat("no completion for '", shell, "'\nthere is bash, zsh and fish"));
  }
  session.out() << (shell == "bash" ? kBash : shell == "zsh" ? kZsh : kFish);
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
          .details =
              "Ids, names and contexts are completed too, asked of the coordinator that is\n"
              "configured; none is started for it.",
          .run = Run};
}

}  // namespace ff::client
