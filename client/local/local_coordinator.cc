#include "client/local/local_coordinator.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "client/coordinator_client.h"
#include "client/errors.h"
#include "client/files.h"

namespace ff::client {
namespace {

constexpr int kPreferredPort = 7411;
constexpr absl::Duration kStartPatience = absl::Seconds(30);

std::string Program(const std::string& role) { return "ff-" + role; }

std::vector<std::string> ReadWords(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return {};
  return absl::StrSplit(*text, '\n', absl::SkipEmpty());
}

}  // namespace

std::string LogEnd(const std::string& path, size_t lines) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return "";
  std::vector<std::string> all = absl::StrSplit(*text, '\n', absl::SkipEmpty());
  if (all.size() > lines) all.erase(all.begin(), all.end() - static_cast<ptrdiff_t>(lines));
  return absl::StrJoin(all, "\n");
}

std::string FreeHttpAddress(int preferred_port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(preferred_port));
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const bool is_free = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return absl::StrCat("127.0.0.1:", is_free ? preferred_port : 0);
}

LocalCoordinator::LocalCoordinator(StateFolder folder, Environment env, std::ostream* notes,
                                   std::string programs)
    : folder_(std::move(folder)),
      env_(std::move(env)),
      notes_(*notes),
      programs_(std::move(programs)) {}

absl::Status LocalCoordinator::Up(const PairSettings& settings) {
  if (absl::Status status = PrepareStateFolder(folder_, env_); !status.ok()) return status;
  const absl::StatusOr<FileLock> lock = FileLock::Take(folder_.Lock(), 2 * kStartPatience);
  if (!lock.ok()) return lock.status();
  const std::vector<std::string> coordinator = {
      absl::StrCat("listen.grpc=", Address()),
      absl::StrCat("listen.http=", FreeHttpAddress(kPreferredPort)),
      absl::StrCat("database.path=", folder_.Database()),
      // One worker may call as often as people look.
      "lease.sync_interval_seconds=1"};
  const absl::StatusOr<bool> started = Ensure("coordinator", coordinator, settings.coordinator);
  if (!started.ok()) return started.status();
  if (absl::Status status = WaitUntilReady(); !status.ok()) return status;
  absl::Status worker = EnsureWorker(settings.worker);
  if (worker.ok() || settings.must_train) return worker;
  const std::string message(worker.message());
  notes_ << "note: nothing will train here: " << message.substr(0, message.find('\n'))
         << "\n  ffctl up says why\n";
  return absl::OkStatus();
}

absl::Status LocalCoordinator::EnsureWorker(const std::vector<std::string>& wished) {
  const std::vector<std::string> worker = {absl::StrCat("coordinator=", Address()),
                                           absl::StrCat("paths.state=", folder_.WorkerState())};
  const absl::StatusOr<bool> started = Ensure("worker", worker, wished);
  if (!started.ok() || !*started) return started.status();
  // A worker that cannot run (a wrong setting, no trainer) says so and ends within this.
  absl::SleepFor(absl::Milliseconds(300));
  const auto process = ReadPidFile(folder_.PidFile("worker"));
  return process.has_value() && IsAlive(*process) ? absl::OkStatus() : EndedAtOnce("worker");
}

absl::Status LocalCoordinator::EndedAtOnce(const std::string& role) const {
  return Fail(absl::StatusCode::kFailedPrecondition,
              absl::StrCat("the private ", role, " ended at once"), LogEnd(folder_.Log(role), 8),
              absl::StrCat("read ", folder_.Log(role)));
}

absl::StatusOr<bool> LocalCoordinator::Ensure(const std::string& role,
                                              const std::vector<std::string>& fixed,
                                              const std::vector<std::string>& wished) {
  const std::vector<std::string> before = ReadWords(folder_.Settings(role));
  const auto known = ReadPidFile(folder_.PidFile(role));
  if (known.has_value() && IsAlive(*known)) {
    if (!wished.empty() && wished != before) {
      notes_ << "note: the private " << role << " already runs with "
             << (before.empty() ? "default settings" : absl::StrJoin(before, " ")) << ", not with "
             << absl::StrJoin(wished, " ") << "\n  to change that: ffctl down, then repeat\n";
    }
    return false;
  }
  const std::vector<std::string>& settings = wished.empty() ? before : wished;
  const absl::StatusOr<std::string> program = FindProgram(Program(role), programs_, env_("PATH"));
  if (!program.ok()) return program.status();
  // Of a key given twice the later word wins; a preset's listen.http replaces ours.
  std::vector<std::string> words = {*program};
  words.insert(words.end(), fixed.begin(), fixed.end());
  for (const std::string& setting : settings) {
    if (absl::StartsWith(setting, "listen.http=")) {
      std::erase_if(words, [](const auto& w) { return absl::StartsWith(w, "listen.http="); });
    }
    words.push_back(setting);
  }
  const absl::StatusOr<Process> process = StartDetached(words, folder_.Log(role));
  if (!process.ok()) return process.status();
  absl::Status status = WritePidFile(folder_.PidFile(role), *process);
  status.Update(WriteFileAtomically(folder_.Settings(role), absl::StrJoin(settings, "\n") + "\n"));
  if (!status.ok()) {
    StopProcess(*process, absl::Seconds(5));  // nobody could find it again
    return status;
  }
  notes_ << (known.has_value() ? "restarted" : "started") << " the private " << role << " (pid "
         << process->pid << ", log " << folder_.Log(role) << ")\n"
         << std::flush;
  return true;
}

absl::Status LocalCoordinator::WaitUntilReady() const {
  const auto process = ReadPidFile(folder_.PidFile("coordinator"));
  CoordinatorClient client(Address(), absl::Seconds(2));
  const absl::Time deadline = absl::Now() + kStartPatience;
  absl::Status status;
  do {
    status = client.GetInfo().status();
    if (status.ok()) return status;
    if (!process.has_value() || !IsAlive(*process)) {
      return EndedAtOnce("coordinator");
    }
    absl::SleepFor(absl::Milliseconds(50));
  } while (absl::Now() < deadline);
  return Fail(absl::StatusCode::kUnavailable,
              absl::StrCat("the private coordinator does not answer at ", Address()),
              std::string(status.message()),
              absl::StrCat("read ", folder_.Log("coordinator"), ", or start afresh: ffctl down"));
}

absl::Status LocalCoordinator::Down(absl::Duration patience) {
  if (!ReadPidFile(folder_.PidFile("coordinator")) && !ReadPidFile(folder_.PidFile("worker"))) {
    notes_ << "nothing was running (state folder " << folder_.path << ")\n";
    return absl::OkStatus();
  }
  const absl::StatusOr<FileLock> lock = FileLock::Take(folder_.Lock(), 2 * kStartPatience);
  if (!lock.ok()) return lock.status();
  for (const char* role : {"worker", "coordinator"}) {
    const auto process = ReadPidFile(folder_.PidFile(role));
    if (!process.has_value()) continue;
    if (!IsAlive(*process)) {
      notes_ << "the private " << role << " was not running\n";
    } else if (StopProcess(*process, patience)) {
      notes_ << "stopped the private " << role << " (pid " << process->pid << ")\n";
    } else {
      notes_ << "killed the private " << role << " (pid " << process->pid
             << "): it did not leave within " << absl::FormatDuration(patience) << " of SIGTERM\n";
    }
    if (unlink(folder_.PidFile(role).c_str()) != 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat("cannot remove ", folder_.PidFile(role)));
    }
    // The next start is free to choose: settings belong to a run.
    unlink(folder_.Settings(role).c_str());
  }
  return absl::OkStatus();
}

PairStatus LocalCoordinator::Status() const {
  const auto role = [&](const char* name) {
    const auto process = ReadPidFile(folder_.PidFile(name));
    const bool running = process.has_value() && IsAlive(*process);
    return RoleStatus{running, running ? process->pid : 0};
  };
  return {role("coordinator"), role("worker"), Address()};
}

}  // namespace ff::client
