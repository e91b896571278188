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

namespace ff::client {

struct Terminal {
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  size_t width = 80;
};

// kWide: a table with more columns, where a command has them.
enum class Output { kTable, kWide, kJson, kCsv, kName };

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
  };
  explicit Session(Surroundings surroundings);

  // Reads the global flags. INVALID_ARGUMENT: a --timeout that is no positive number.
  absl::Status Configure(const Arguments& arguments);

  std::ostream& out() { return *surroundings_.out; }
  std::ostream& err() { return *surroundings_.err; }
  const std::string& cwd() const { return surroundings_.cwd; }
  const Environment& env() const { return surroundings_.env; }
  Output output() const { return output_; }
  Style out_style() const;
  Style err_style() const;
  size_t width() const { return surroundings_.terminal.width; }
  // Width to cut tables to: 0 (never) unless standard output is a terminal.
  size_t table_width() const;
  ProgressMode progress() const;
  // From now on ^C sets interrupted() once instead of ending the program.
  void CatchInterrupt();
  bool interrupted() const;

  // "warning: text" on standard error.
  void Warn(const std::string& text);
  void Note(const std::string& text);

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

 private:
  // Empty: the private one.
  absl::StatusOr<std::string> NamedAddress() const;
  CoordinatorClient* ClientOf(const std::string& address);
  bool Color(bool is_terminal) const;

  const Surroundings surroundings_;
  Output output_ = Output::kTable;
  std::string color_ = "auto", coordinator_, context_;
  absl::Duration timeout_ = absl::Seconds(30);
  std::optional<LocalCoordinator> local_;
  std::unique_ptr<CoordinatorClient> client_;
};

// Parses, runs, prints help or the error; returns the exit code. `words`: argv without
// the program.
int RunCommandLine(const std::vector<Command>& commands, const std::vector<std::string>& words,
                   Session& session);

}  // namespace ff::client
