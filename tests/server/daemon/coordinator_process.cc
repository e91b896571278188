#include "tests/server/daemon/coordinator_process.h"

#include <fcntl.h>
#include <grpcpp/create_channel.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "ff/v1/analysis.grpc.pb.h"

namespace ff::daemon::testing {
namespace {

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

int OpenForWriting(const std::string& path) {
  return open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

}  // namespace

CoordinatorProcess::CoordinatorProcess(std::string folder, const std::vector<std::string>& words)
    : folder_(std::move(folder)) {
  const int out = OpenForWriting(folder_ + "/stdout"), err = OpenForWriting(folder_ + "/stderr");
  std::vector<char*> argv = {const_cast<char*>(FF_BINARY_DIR "/bin/ff-coordinator")};
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(126);
  }
  close(out);
  close(err);
}

CoordinatorProcess::~CoordinatorProcess() {
  if (pid_ <= 0) return;
  Signal(SIGKILL);
  Wait();
}

void CoordinatorProcess::Signal(int signal) const { kill(pid_, signal); }

int CoordinatorProcess::Wait() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string CoordinatorProcess::Output() const { return ReadFile(folder_ + "/stdout"); }
std::string CoordinatorProcess::Errors() const { return ReadFile(folder_ + "/stderr"); }

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

v1::Info WaitForInfo(const std::string& address) {
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(1));
  v1::Info info;
  const grpc::Status status =
      v1::SystemService::NewStub(Connect(address))->GetInfo(&context, v1::GetInfoRequest(), &info);
  if (!status.ok()) throw std::runtime_error("no coordinator: " + status.error_message());
  return info;
}

}  // namespace ff::daemon::testing
