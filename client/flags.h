// The command line: which command is meant and what its flags say. The only file that
// includes CLI11 is flags.cc. Errors are INVALID_ARGUMENT with the nearest valid word.
// Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/command.h"

namespace ff::client {

struct Parsed {
  const Command* command = nullptr;  // null: help was asked for (or nothing was given)
  Arguments arguments;
  bool help = false;
  bool brief = false;     // -h
  std::string help_noun;  // help on one noun's verbs; empty: on everything
};

// `words` is argv without the program. A noun without a verb is its `list`. The result
// points into `commands`.
absl::StatusOr<Parsed> ParseCommandLine(const std::vector<Command>& commands,
                                        const std::vector<std::string>& words);

// Help on everything, on a noun, on a command.
std::string OverviewHelp(const std::vector<Command>& commands);
std::string NounHelp(const std::vector<Command>& commands, const std::string& noun);
// `brief`: usage and the command's own flags alone.
std::string CommandHelp(const Command& command, bool brief = false);

// The same as a manual page (roff, section 1): of one command, or (null) of ffctl itself.
std::string ManPage(const std::vector<Command>& commands, const Command* command);

}  // namespace ff::client
