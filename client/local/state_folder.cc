#include "client/local/state_folder.h"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/errors.h"
#include "client/files.h"

namespace ff::client {
namespace {

namespace fs = std::filesystem;

// 107 on Linux: sun_path holds the terminating zero as well.
constexpr size_t kLongestSocket = sizeof(sockaddr_un::sun_path) - 1;

// A folder only we can enter: others must not put their socket in our place.
bool IsPrivate(const std::string& folder) {
  struct stat info {};
  return lstat(folder.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == geteuid() &&
         (info.st_mode & 077) == 0;
}

absl::StatusOr<std::string> ShortFolder(const Environment& env) {
  const std::string runtime = env("XDG_RUNTIME_DIR");
  // "/flops-fit-XXXXXX/coordinator.sock" is 34 bytes.
  const bool usable = IsPrivate(runtime) && runtime.size() + 34 <= kLongestSocket;
  std::string folder = absl::StrCat(usable ? runtime : "/tmp", "/flops-fit-XXXXXX");
  if (mkdtemp(folder.data()) == nullptr) {
    return absl::ErrnoToStatus(errno,
                               absl::StrCat("cannot make a folder for the socket: ", folder));
  }
  return folder;
}

}  // namespace

std::string StateFolder::Socket() const {
  const absl::StatusOr<std::string> remembered = ReadFile(path + "/socket");
  if (remembered.ok()) {
    std::string socket(absl::StripAsciiWhitespace(*remembered));
    if (!socket.empty() && IsPrivate(fs::path(socket).parent_path())) return socket;
  }
  return path + "/coordinator.sock";
}

absl::StatusOr<StateFolder> ChooseStateFolder(const std::string& cwd, const Environment& env,
                                              bool starts_project) {
  std::error_code error;
  if (starts_project) return StateFolder{cwd + "/outputs/state"};
  for (const char* mark : {"outputs", "conf/presets", "flops-fit.sh"}) {
    if (fs::exists(fs::path(cwd) / mark, error)) return StateFolder{cwd + "/outputs/state"};
  }
  const std::string state = env("XDG_STATE_HOME");
  if (!state.empty()) return StateFolder{AbsolutePath(state + "/flops-fit", cwd)};
  const std::string home = env("HOME");
  if (home.empty()) {
    return Fail(absl::StatusCode::kFailedPrecondition,
                "no place for the private coordinator's state",
                "neither XDG_STATE_HOME nor HOME is set",
                "run in a folder that has outputs/, or use --coordinator HOST:PORT");
  }
  return StateFolder{AbsolutePath(home + "/.local/state/flops-fit", cwd)};
}

absl::Status PrepareStateFolder(const StateFolder& folder, const Environment& env) {
  std::error_code error;
  const bool is_new = !fs::exists(folder.path, error);
  fs::create_directories(folder.path, error);
  if (error) {
    return Fail(absl::StatusCode::kFailedPrecondition,
                absl::StrCat("cannot make the state folder ", folder.path), error.message(),
                "make it writable, or run ffctl in another folder");
  }
  if (is_new) fs::permissions(folder.path, fs::perms::owner_all, error);
  if (folder.Socket().size() <= kLongestSocket) return absl::OkStatus();
  absl::StatusOr<std::string> shorter = ShortFolder(env);
  if (!shorter.ok()) return shorter.status();
  return WriteFileAtomically(folder.path + "/socket", *shorter + "/coordinator.sock\n");
}

}  // namespace ff::client
