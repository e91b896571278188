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
       "table, wide, json, jsonl, yaml, csv or name (ids only)",
       false,
       {"table", "wide", "json", "jsonl", "yaml", "csv", "name"}},
      {"--coordinator", "ADDRESS", "HOST:PORT or unix:PATH (else FFCTL_COORDINATOR)", false, {}},
      {"--context", "NAME", "a context of `ffctl context list` (else FFCTL_CONTEXT)", false, {}},
      {"--token-file", "FILE", "your token, in a file of mode 0600 (else FFCTL_TOKEN)", false, {}},
      {"--ca", "FILE", "PEM of who signed the coordinator's certificate: TLS", false, {}},
      {"--timeout", "TIME", "deadline of one call to the coordinator, default 30s", false, {}},
      {"--color",
       "WHEN",
       "auto, always or never; NO_COLOR is honoured",
       false,
       {"auto", "always", "never"}},
      {"--progress",
       "WHEN",
       "auto, plain (a line now and then), json or none",
       false,
       {"auto", "plain", "json", "none"}},
      {"--no-input", "", "never ask: what would be asked is refused", false, {}},
      {"--no-pager",
       "",
       "print long output at once (else through FFCTL_PAGER or PAGER)",
       false,
       {}},
      {"--debug",
       "",
       "say on standard error what is called, where, and how long it takes",
       false,
       {}},
      {"-h,--help", "", "help on the command; -h: in short", false, {}},
  };
  return *kFlags;
}

const std::vector<Flag>& ListFlags() {
  static const auto* const kFlags = new std::vector<Flag>{
      {"--filter",
       "CONDITION",
       "only rows that meet it: 'loss < 3.2 and state = failed'",
       false,
       {}},
      {"--sort-by", "COLUMN", "in the order of a column; -COLUMN: highest first", false, {}},
      {"--columns", "A,B", "only these columns, in this order", false, {}},
      {"--no-headers", "", "leave out the line of column names", false, {}},
      {"-q,--quiet", "", "print ids only", false, {}},
      {"-w,--watch", "", "print again whenever something changes, until ^C", false, {}},
  };
  return *kFlags;
}

const std::vector<Flag>& ChangeFlags() {
  static const auto* const kFlags = new std::vector<Flag>{
      {"--reason", "TEXT", "kept with the event that this leaves", false, {}},
      {"--dry-run", "", "say what would be done, and do nothing", false, {}},
  };
  return *kFlags;
}

std::vector<Flag> SweepChangeFlags() {
  return With(ChangeFlags(), {{"--if-version",
                               "N",
                               "only if the sweep is at this version (`-o wide`), else exit code 3",
                               false,
                               {}}});
}

std::vector<Flag> With(std::vector<Flag> flags, const std::vector<Flag>& more) {
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

const std::map<std::string, std::string>& Aliases() {
  static const auto* const kAliases = new std::map<std::string, std::string>{
      {"exp", "experiment"},   {"experiments", "experiment"},
      {"sweeps", "sweep"},     {"workers", "worker"},
      {"contexts", "context"}, {"viz", "visualize"},
      {"ls", "list"},          {"ps", "list"},
      {"rm", "remove"},        {"remove", "delete"},
      {"delete", "remove"},    {"submit", "create"},
      {"describe", "get"},     {"show", "get"},
      {"log", "logs"},         {"cordon", "quarantine"},
  };
  return *kAliases;
}

}  // namespace ff::client
