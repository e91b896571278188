// The help texts declared in flags.h.
#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/flags.h"

namespace ff::client {
namespace {

std::string FlagLines(const std::vector<Flag>& flags) {
  std::string text;
  for (const Flag& flag : flags) {
    std::string name = flag.name;
    const size_t comma = name.find(',');
    if (comma != std::string::npos) name.replace(comma, 1, ", ");
    if (!flag.value.empty()) absl::StrAppend(&name, " ", flag.value);
    absl::StrAppendFormat(&text, "  %-24s %s%s\n", name, flag.help,
                          flag.repeatable ? " (repeatable)" : "");
  }
  return text;
}

std::string UsageLine(const Command& command) {
  return absl::StrCat("ffctl ", command.Name(), command.words.empty() ? "" : " ", command.words);
}

std::string CommandLines(const std::vector<const Command*>& commands) {
  std::string text;
  for (const Command* command : commands) {
    absl::StrAppendFormat(&text, "  %-22s %s\n", command->Name(), command->summary);
  }
  return text;
}

}  // namespace

std::string OverviewHelp(const std::vector<Command>& commands) {
  std::vector<const Command*> shown;
  for (const Command& command : commands) {
    if (!command.hidden) shown.push_back(&command);
  }
  return absl::StrCat(
      "ffctl plans IsoFLOP sweeps, has them trained, fits scaling laws and shows them.\n\n"
      "Usage: ffctl COMMAND [WORDS] [FLAGS]\n\n"
      "The four stages:\n"
      "  ffctl plan --preset cpu_fast        what would be trained, what it costs\n"
      "  ffctl train --preset cpu_fast       train it and follow it (^C detaches)\n"
      "  ffctl analyze                       fit the law\n"
      "  ffctl visualize                     draw it\n\n"
      "Commands:\n",
      CommandLines(shown),
      "\nA noun alone lists: `ffctl sweep` is `ffctl sweep list`. SWEEP is an "
      "id, a unique prefix of\none, a name, or @latest (the default). "
      "KEY=VALUE words set configuration keys\n(compute.min_flops=1e12).\n\n"
      "Flags of every command:\n",
      FlagLines(GlobalFlags()), "\n", ExitCodeHelp());
}

std::string NounHelp(const std::vector<Command>& commands, const std::string& noun) {
  std::vector<const Command*> shown;
  for (const Command& command : commands) {
    if (command.noun == noun) shown.push_back(&command);
  }
  return absl::StrCat("Usage: ffctl ", noun, " VERB\n\n", CommandLines(shown), "\n`ffctl ", noun,
                      " VERB --help` says more.\n");
}

std::string CommandHelp(const Command& command, bool brief) {
  std::string text = absl::StrCat(command.summary, "\n\nUsage: ", UsageLine(command), " [FLAGS]\n");
  if (brief) {
    if (!command.flags.empty()) absl::StrAppend(&text, "\nFlags:\n", FlagLines(command.flags));
    return absl::StrCat(text, "\n`ffctl ", command.Name(),
                        " --help` has the flags of every command, examples and exit codes.\n");
  }
  if (!command.details.empty()) absl::StrAppend(&text, "\n", command.details, "\n");
  if (!command.examples.empty()) {
    text += "\nExamples:\n";
    for (const std::string& example : command.examples) absl::StrAppend(&text, "  ", example, "\n");
  }
  if (!command.flags.empty()) absl::StrAppend(&text, "\nFlags:\n", FlagLines(command.flags));
  absl::StrAppend(&text, "\nFlags of every command:\n", FlagLines(GlobalFlags()), "\n",
                  ExitCodeHelp());
  return text;
}

}  // namespace ff::client
