// ManPage, declared in flags.h.
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/errors.h"
#include "client/flags.h"

namespace ff::client {
namespace {

// roff takes a backslash, and a line's first . or ', for itself; - is a hyphen to it.
std::string Roff(const std::string& text) {
  std::string out;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!line.empty() && (line[0] == '.' || line[0] == '\'')) out += "\\&";
    absl::StrAppend(&out, absl::StrReplaceAll(line, {{"\\", "\\e"}, {"-", "\\-"}}), "\n");
  }
  return out;
}

std::string Title(const std::string& name, const std::string& summary) {
  return absl::StrCat(".TH ", absl::AsciiStrToUpper(name),
                      " 1 \"\" flops\\-fit \"flops\\-fit manual\"\n", ".SH NAME\n", Roff(name),
                      "\\- ", Roff(summary));
}

std::string Options(const char* heading, const std::vector<Flag>& flags) {
  if (flags.empty()) return "";
  std::string text = absl::StrCat(".SH ", heading, "\n");
  for (const Flag& flag : flags) {
    const std::string names = absl::StrReplaceAll(flag.name, {{",", ", "}});
    absl::StrAppend(&text, ".TP\n.B ",
                    Roff(absl::StrCat(names, flag.value.empty() ? "" : " ", flag.value)),
                    Roff(absl::StrCat(flag.help, flag.repeatable ? " (repeatable)" : "")));
  }
  return text;
}

std::string Verbatim(const std::string& text) { return absl::StrCat(".nf\n", Roff(text), ".fi\n"); }

std::string PageName(const Command& command) {
  return absl::StrCat("ffctl-", absl::StrReplaceAll(command.Name(), {{" ", "-"}}));
}

}  // namespace

std::string ManPage(const std::vector<Command>& commands, const Command* command) {
  if (command == nullptr) {
    std::string text =
        absl::StrCat(Title("ffctl", "scaling-law experiments from the command line"),
                     ".SH DESCRIPTION\n", Verbatim(OverviewHelp(commands)), ".SH SEE ALSO\n");
    for (const Command& one : commands) {
      if (!one.hidden) absl::StrAppend(&text, ".BR ", Roff(PageName(one)), "(1)\n");
    }
    return text;
  }
  std::string text = absl::StrCat(Title(PageName(*command), command->summary), ".SH SYNOPSIS\n.B ",
                                  Roff(absl::StrCat("ffctl ", command->Name())),
                                  Roff(absl::StrCat(command->words, " [FLAGS]")));
  if (!command->details.empty()) {
    absl::StrAppend(&text, ".SH DESCRIPTION\n", Verbatim(command->details));
  }
  absl::StrAppend(&text, Options("OPTIONS", command->flags),
                  Options("OPTIONS OF EVERY COMMAND", GlobalFlags()));
  if (!command->examples.empty()) {
    absl::StrAppend(&text, ".SH EXAMPLES\n");
    for (const std::string& example : command->examples) text += Verbatim("  " + example);
  }
  return absl::StrCat(text, ".SH EXIT STATUS\n", Verbatim(ExitCodeHelp()),
                      ".SH SEE ALSO\n.BR ffctl (1)\n");
}

}  // namespace ff::client
