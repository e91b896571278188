// ffctl man: manual pages, from the same table as --help.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/files.h"
#include "client/flags.h"
#include "client/print/words.h"

namespace ff::client {
namespace {

absl::StatusOr<Exit> WriteAll(Session& session, const std::string& folder) {
  const std::vector<Command> commands = AllCommands();
  absl::Status written = WriteFileAtomically(AbsolutePath(folder + "/ffctl.1", session.cwd()),
                                             ManPage(commands, nullptr));
  for (const Command& command : commands) {
    if (command.hidden || !written.ok()) continue;
    const std::string name = absl::StrReplaceAll(command.Name(), {{" ", "-"}});
    written = WriteFileAtomically(
        AbsolutePath(absl::StrCat(folder, "/ffctl-", name, ".1"), session.cwd()),
        ManPage(commands, &command));
  }
  if (!written.ok()) return written;
  return Exit::kOk;
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  if (arguments.Has("to")) return WriteAll(session, arguments.Get("to"));
  const std::vector<Command> commands = AllCommands();
  const std::string wanted = absl::StrJoin(arguments.words, " ");
  std::vector<std::string> names;
  for (const Command& command : commands) {
    names.push_back(command.Name());
    if (!wanted.empty() && command.Name() == wanted) {
      session.out() << ManPage(commands, &command);
      return Exit::kOk;
    }
  }
  if (!wanted.empty()) {
    const std::string near = NearestWord(wanted, names);
    return Fail(absl::StatusCode::kNotFound, absl::StrCat("there is no command '", wanted, "'"),
                near.empty() ? "" : absl::StrCat("did you mean '", near, "'?"), "ffctl --help");
  }
  session.out() << ManPage(commands, nullptr);
  return Exit::kOk;
}

}  // namespace

Command ManCommand() {
  return {.noun = "man",
          .summary = "Print the manual page of a command (or write all of them)",
          .words = "[COMMAND]",
          .max_words = 2,
          .flags = {{"--to", "FOLDER", "write every page there", false, {}}},
          .examples = {"ffctl man sweep wait | man -l -", "ffctl man --to ~/.local/share/man/man1"},
          .run = Run};
}

}  // namespace ff::client
