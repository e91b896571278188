#include "client/session.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/files.h"
#include "client/flags.h"
#include "client/pager.h"
#include "client/print/data.h"
#include "client/print/numbers.h"
#include "proto/wire/channel.h"
#include "proto/wire/secret_file.h"

namespace ff::client {
namespace {

// FFCTL_TOKEN goes before a file: somebody gave it for this one command.
absl::StatusOr<wire::Dialing> DialingOf(const ContextAccess& access, const Environment& env) {
  wire::Dialing dialing;
  const std::string token = env("FFCTL_TOKEN");
  if (!token.empty()) {
    dialing.token = [token] { return token; };
  } else if (!access.token_file.empty()) {
    const auto file = wire::TokenFile::Open(access.token_file);
    if (!file.ok()) return file.status();
    dialing.token = [file = *file] { return file->Get(); };
  }
  dialing.tls = !access.ca.empty();
  dialing.server_name = access.server_name;
  if (!dialing.tls || access.ca == "system") return dialing;
  absl::StatusOr<std::string> ca = wire::ReadWholeFile(access.ca);
  if (!ca.ok()) return ca.status();
  dialing.ca = *std::move(ca);
  return dialing;
}

}  // namespace

Session::Session(Surroundings surroundings)
    : surroundings_(std::move(surroundings)), trace_id_(env()("FFCTL_TRACE")) {
  if (!wire::IsTraceId(trace_id_)) trace_id_ = wire::NewTraceId();
}

absl::Status Session::Configure(const Arguments& arguments) {
  absl::StatusOr<Settings> settings = ReadSettings(arguments, env(), cwd());
  if (!settings.ok()) return settings.status();
  settings_ = *std::move(settings);
  static const auto* const kOutputs = new std::map<std::string, Output>{
      {"table", Output::kTable}, {"wide", Output::kWide}, {"json", Output::kJson},
      {"jsonl", Output::kJsonl}, {"yaml", Output::kYaml}, {"csv", Output::kCsv},
      {"name", Output::kName}};
  output_ = arguments.Has("quiet") ? Output::kName : kOutputs->at(settings_.Get("output"));
  color_ = settings_.Get("color");
  progress_ = settings_.Get("progress");
  coordinator_ = settings_.Get("coordinator");
  context_ = settings_.Get("context");
  may_ask_ = !arguments.Has("no-input");
  may_page_ = !arguments.Has("no-pager");
  debug_ = arguments.Has("debug");
  const absl::StatusOr<absl::Duration> timeout = ParseTime(settings_.Get("timeout"));
  if (!timeout.ok() || *timeout <= absl::ZeroDuration() || *timeout > absl::Hours(24 * 12)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--timeout is a time above 0, such as 30 or 10m, "
                     "not '",
                     settings_.Get("timeout"), "'"));
  }
  timeout_ = *timeout;
  return absl::OkStatus();
}

bool Session::wants_data() const {
  return output_ == Output::kJson || output_ == Output::kJsonl || output_ == Output::kYaml;
}

void Session::PrintData(const std::string& json) {
  out() << (output_ == Output::kJsonl  ? JsonLine(json)
            : output_ == Output::kYaml ? JsonToYaml(json)
                                       : json);
}

std::string Session::Author(const std::string& reason) const {
  const std::string user = env()("USER");
  return absl::StrCat(user.empty() ? "somebody" : user, " with ffctl", reason.empty() ? "" : ": ",
                      reason);
}

// no-color.org: NO_COLOR of any non-empty value wins over a terminal; a flag wins over all.
bool Session::Color(bool is_terminal) const {
  if (color_ != "auto") return color_ == "always";
  if (!env()("NO_COLOR").empty()) return false;
  for (const char* force : {"CLICOLOR_FORCE", "FORCE_COLOR"}) {
    const std::string value = env()(force);
    if (!value.empty() && value != "0") return true;
  }
  return is_terminal && env()("TERM") != "dumb";
}

Style Session::out_style() const { return {Color(surroundings_.terminal.out_is_terminal)}; }
Style Session::err_style() const { return {Color(surroundings_.terminal.err_is_terminal)}; }

size_t Session::table_width() const {
  return surroundings_.terminal.out_is_terminal ? surroundings_.terminal.width : 0;
}

ProgressMode Session::progress() const {
  if (progress_ == "none") return ProgressMode::kNone;
  if (progress_ == "plain") return ProgressMode::kLines;
  if (progress_ == "json") return ProgressMode::kJson;
  const bool board = surroundings_.terminal.err_is_terminal && env()("TERM") != "dumb";
  return board ? ProgressMode::kBoard : ProgressMode::kLines;
}

void Session::CatchInterrupt() {
  if (surroundings_.catch_interrupt) surroundings_.catch_interrupt();
}

bool Session::interrupted() const {
  return surroundings_.interrupted != nullptr && surroundings_.interrupted->load();
}

void Session::Warn(const std::string& text) {
  err() << err_style().Yellow("warning:") << " " << VisibleText(text) << "\n" << std::flush;
}

void Session::Note(const std::string& text) { err() << VisibleText(text) << "\n" << std::flush; }

void Session::Debug(const std::string& text) {
  if (debug_) err() << "debug: " << VisibleText(text) << "\n" << std::flush;
}

bool Session::Pages(const Command& command, const Arguments& arguments) const {
  return command.long_text && may_page_ && surroundings_.page &&
         surroundings_.terminal.out_is_terminal && !PagerCommand(env()).empty() &&
         !arguments.Has("watch") && !arguments.Has("follow");
}

void Session::Page(const std::string& text) {
  const bool fits = ScreenLines(text, width()) < height();
  if (fits || !surroundings_.page(PagerCommand(env()), text)) out() << text << std::flush;
}

absl::StatusOr<std::string> Session::Ask(const std::string& question) {
  if (surroundings_.in == nullptr || !may_ask_) {
    return absl::FailedPreconditionError("nobody is there to answer");
  }
  err() << VisibleText(question) << std::flush;
  std::string answer;
  std::getline(*surroundings_.in, answer);
  return answer;
}

absl::StatusOr<Session::Named> Session::NamedCoordinator() const {
  Named named = {coordinator_, {}};
  std::string context = context_;
  if (named.address.empty()) {
    const absl::StatusOr<Contexts> contexts = LoadContexts(ContextsPath(env()));
    if (!contexts.ok()) return contexts.status();
    if (context.empty()) context = contexts->current;
    if (context.empty()) return named;
    absl::StatusOr<std::string> known = contexts->Address(context);
    if (!known.ok()) return known.status();
    named.address = *std::move(known);
    const auto access = contexts->access.find(context);
    if (access != contexts->access.end()) named.access = access->second;
  }
  const auto path = [&](const char* setting, std::string* kept) {
    const std::string given = settings_.Get(setting);
    if (!given.empty()) *kept = given == "system" ? given : AbsolutePath(given, cwd());
  };
  path("token_file", &named.access.token_file);
  path("ca", &named.access.ca);
  if (absl::Status status = CheckAddress(named.address); !status.ok()) return status;
  return named;
}

absl::StatusOr<bool> Session::IsPrivate() {
  const absl::StatusOr<Named> named = NamedCoordinator();
  if (!named.ok()) return named.status();
  return named->address.empty();
}

absl::StatusOr<LocalCoordinator*> Session::Local(bool starts_project) {
  if (!local_.has_value()) {
    absl::StatusOr<StateFolder> folder = ChooseStateFolder(cwd(), env(), starts_project);
    if (!folder.ok()) return folder.status();
    local_.emplace(*std::move(folder), env(), surroundings_.err);
  }
  return &*local_;
}

absl::StatusOr<CoordinatorClient*> Session::Connect(const PairSettings& settings,
                                                    bool starts_project) {
  absl::StatusOr<Named> named = NamedCoordinator();
  if (!named.ok()) return named.status();
  if (named->address.empty()) {
    const absl::StatusOr<LocalCoordinator*> local = Local(starts_project);
    if (!local.ok()) return local.status();
    if (absl::Status status = (*local)->Up(settings); !status.ok()) return status;
    named->address = (*local)->Address();
  }
  return ClientOf(*named);
}

absl::StatusOr<CoordinatorClient*> Session::Client() {
  absl::StatusOr<Named> named = NamedCoordinator();
  if (!named.ok()) return named.status();
  if (named->address.empty()) {
    const absl::StatusOr<LocalCoordinator*> local = Local();
    if (!local.ok()) return local.status();
    named->address = (*local)->Address();
  }
  return ClientOf(*named);
}

absl::StatusOr<CoordinatorClient*> Session::ClientOf(const Named& named) {
  if (client_ == nullptr || client_->address() != named.address) {
    absl::StatusOr<wire::Dialing> dialing = DialingOf(named.access, env());
    if (!dialing.ok()) return dialing.status();
    dialing->trace_id = trace_id_;
    absl::Status checked = wire::CheckDialing(named.address, *dialing);
    if (!checked.ok()) return checked;
    client_ = std::make_unique<CoordinatorClient>(named.address, timeout_, *std::move(dialing));
    if (debug_) client_->Trace([this](const std::string& line) { Debug(line); });
  }
  return client_.get();
}

namespace {

// Where each setting that was set comes from, for --debug.
std::string Origins(const Settings& settings) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : settings.all()) {
    lines.push_back(absl::StrCat(name, "=", value.value, " (", value.origin, ")"));
  }
  return absl::StrJoin(lines, ", ");
}

absl::StatusOr<Exit> RunPaged(Session& session, const Command& command,
                              const Arguments& arguments) {
  if (!session.Pages(command, arguments)) return command.run(session, arguments);
  std::ostringstream text;
  std::ostream& terminal = session.out();
  session.Redirect(&text);
  absl::StatusOr<Exit> exit = command.run(session, arguments);
  session.Redirect(&terminal);
  session.Page(text.str());
  return exit;
}

}  // namespace

int RunCommandLine(const std::vector<Command>& commands, const std::vector<std::string>& words,
                   Session& session) {
  const auto fail = [&](const absl::Status& status) {
    session.err() << ErrorText(status, session.err_style()) << std::flush;
    return static_cast<int>(ExitOf(status));
  };
  const absl::StatusOr<Parsed> parsed = ParseCommandLine(commands, words);
  if (!parsed.ok()) return fail(parsed.status());
  if (parsed->help) {
    const std::string help = parsed->command != nullptr
                                 ? CommandHelp(*parsed->command, parsed->brief)
                             : parsed->help_noun.empty() ? OverviewHelp(commands)
                                                         : NounHelp(commands, parsed->help_noun);
    const bool unpaged = std::count(words.begin(), words.end(), "--no-pager") > 0;
    if (!unpaged && session.Pages({.long_text = true}, {})) {
      session.Page(help);
    } else {
      session.out() << help << std::flush;
    }
    return 0;
  }
  if (absl::Status status = session.Configure(parsed->arguments); !status.ok()) {
    return fail(status);
  }
  session.Debug(absl::StrCat("ffctl ", parsed->command->Name(), "; ", Origins(session.settings())));
  const absl::StatusOr<Exit> exit = RunPaged(session, *parsed->command, parsed->arguments);
  session.out() << std::flush;
  if (!exit.ok()) return fail(exit.status());
  if (!session.out()) {
    return fail(absl::ResourceExhaustedError("cannot write to standard output (disk full?)"));
  }
  return static_cast<int>(*exit);
}

}  // namespace ff::client
