// What a command runs in: streams, environment, terminal, global flags, and the connection
// to the coordinator that these name. Commands take everything from here, so tests hand in
// their own. Belongs to one thread, but for the interrupted flag.
#pragma once

#include <atomic>
#include <functional>
#include <istream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/command.h"
#include "client/contexts.h"
#include "client/coordinator_client.h"
#include "client/local/local_coordinator.h"
#include "client/print/progress.h"
#include "client/print/text.h"
#include "client/settings.h"

namespace ff::client {

struct Terminal {
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  size_t width = 80;
  size_t height = 24;
};

// kWide: a table with more columns, where a command has them. kJsonl: one line an item.
enum class Output { kTable, kWide, kJson, kJsonl, kYaml, kCsv, kName };

class Session {
 public:
  struct Surroundings {
    std::ostream* out = nullptr;  // data
    std::ostream* err = nullptr;  // everything else
    std::istream* in = nullptr;   // answers; null: nobody is there to answer
    Environment env;
    std::string cwd;  // absolute
    Terminal terminal;
    const std::atomic<bool>* interrupted = nullptr;  // set by ^C ...
    std::function<void()> catch_interrupt;           // ... after this was called
    // A key that was pressed within the time; 0: none. Empty: there is no keyboard.
    std::function<char(absl::Duration)> key{};
    // Shows a text by a pager (pager.h). Empty: there is none.
    std::function<bool(const std::string& command, const std::string& text)> page{};
  };
  explicit Session(Surroundings surroundings);

  // Reads the global flags and what stands in their place (settings.h). INVALID_ARGUMENT: a
  // timeout that is no positive time, a file of settings that can't be read.
  absl::Status Configure(const Arguments& arguments);

  std::ostream& out() { return *surroundings_.out; }
  // Data go elsewhere from now on; `out` outlives that.
  void Redirect(std::ostream* out) { surroundings_.out = out; }
  std::ostream& err() { return *surroundings_.err; }
  const std::string& cwd() const { return surroundings_.cwd; }
  const Environment& env() const { return surroundings_.env; }
  Output output() const { return output_; }
  // json, jsonl or yaml: a command prints its facts with PrintData.
  bool wants_data() const;
  // `json`: one object, as text.
  void PrintData(const std::string& json);
  // Where each of ffctl's own settings comes from.
  const Settings& settings() const { return settings_; }
  // Who this is, for events: "ann with ffctl", and a reason where one is given.
  std::string Author(const std::string& reason) const;
  std::function<char(absl::Duration)> key() const { return surroundings_.key; }
  Style out_style() const;
  Style err_style() const;
  size_t width() const { return surroundings_.terminal.width; }
  size_t height() const { return surroundings_.terminal.height; }
  // Width to cut tables to: 0 (never) unless standard output is a terminal.
  size_t table_width() const;
  ProgressMode progress() const;
  // From now on ^C sets interrupted() once instead of ending the program.
  void CatchInterrupt();
  bool interrupted() const;

  // "warning: text" on standard error.
  void Warn(const std::string& text);
  void Note(const std::string& text);

  // "debug: text" on standard error, with --debug alone.
  void Debug(const std::string& text);
  // Whether what the command prints may go through a pager; Page prints it so, or as it is where it
  // fits on the screen or no pager can be had.
  bool Pages(const Command& command, const Arguments& arguments) const;
  void Page(const std::string& text);

  // One line of answer. FAILED_PRECONDITION: standard input is no terminal.
  absl::StatusOr<std::string> Ask(const std::string& question);

  // The coordinator named by --coordinator, --context, FFCTL_COORDINATOR, FFCTL_CONTEXT or
  // the current context, in this order; else the private one, which is started. The
  // settings are for a private pair. `starts_project`: see ChooseStateFolder.
  absl::StatusOr<CoordinatorClient*> Connect(const PairSettings& settings = {},
                                             bool starts_project = false);

  // The same without starting anything: the connection that Connect made, else a new one.
  absl::StatusOr<CoordinatorClient*> Client();

  // Whether the private coordinator is meant; does not start it.
  absl::StatusOr<bool> IsPrivate();
  // Made by the first call. Errors as ChooseStateFolder.
  absl::StatusOr<LocalCoordinator*> Local(bool starts_project = false);

  absl::Duration timeout() const { return timeout_; }

  // Of everything that this command asks of a coordinator: FFCTL_TRACE, else a new one.
  const std::string& trace_id() const { return trace_id_; }

 private:
  struct Named {
    std::string address;  // empty: the private one
    ContextAccess access;
  };
  absl::StatusOr<Named> NamedCoordinator() const;
  absl::StatusOr<CoordinatorClient*> ClientOf(const Named& named);
  bool Color(bool is_terminal) const;

  Surroundings surroundings_;
  Output output_ = Output::kTable;
  Settings settings_;
  std::string color_ = "auto", coordinator_, context_, progress_ = "auto";
  bool may_ask_ = true, debug_ = false, may_page_ = true;
  absl::Duration timeout_ = absl::Seconds(30);
  std::optional<LocalCoordinator> local_;
  std::unique_ptr<CoordinatorClient> client_;
  std::string trace_id_;
};

// Parses, runs, prints help or the error; returns the exit code. `words`: argv without
// the program.
int RunCommandLine(const std::vector<Command>& commands, const std::vector<std::string>& words,
                   Session& session);

}  // namespace ff::client
