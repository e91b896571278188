#include "client/command.h"

namespace ff::client {

std::string Arguments::Get(const std::string& flag, const std::string& otherwise) const {
  const auto it = flags.find(flag);
  return it == flags.end() || it->second.empty() ? otherwise : it->second.back();
}

std::vector<std::string> Arguments::All(const std::string& flag) const {
  const auto it = flags.find(flag);
  return it == flags.end() ? std::vector<std::string>() : it->second;
}

const std::vector<Flag>& GlobalFlags() {
  static const auto* const kFlags = new std::vector<Flag>{
      {"-o,--output",
       "FORMAT",
       "table, wide, json, csv or name (ids only)",
       false,
       {"table", "wide", "json", "csv", "name"}},
      {"--coordinator", "ADDRESS", "HOST:PORT or unix:PATH (else FFCTL_COORDINATOR)", false, {}},
      {"--context", "NAME", "a context of `ffctl context list` (else FFCTL_CONTEXT)", false, {}},
      {"--timeout", "SECONDS", "deadline of one call to the coordinator, default 30", false, {}},
      {"--color",
       "WHEN",
       "auto, always or never; NO_COLOR is honoured",
       false,
       {"auto", "always", "never"}},
      {"-h,--help", "", "help on the command", false, {}},
  };
  return *kFlags;
}

const std::map<std::string, std::string>& Aliases() {
  static const auto* const kAliases = new std::map<std::string, std::string>{
      {"exp", "experiment"},   {"experiments", "experiment"},
      {"sweeps", "sweep"},     {"workers", "worker"},
      {"contexts", "context"}, {"viz", "visualize"},
      {"ls", "list"},          {"ps", "list"},
      {"rm", "remove"},        {"submit", "create"},
      {"describe", "get"},     {"show", "get"},
  };
  return *kAliases;
}

}  // namespace ff::client
