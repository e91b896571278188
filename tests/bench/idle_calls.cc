#include "tests/bench/idle_calls.h"

#include <grpcpp/grpcpp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "ff/v1/worker.grpc.pb.h"

namespace ff::bench {
namespace {

using Clock = std::chrono::steady_clock;

double Seconds(Clock::duration d) { return std::chrono::duration<double>(d).count(); }

class IdleService final : public v1::WorkerService::Service {
  grpc::Status Synchronize(grpc::ServerContext*, const v1::SynchronizeRequest*,
                           v1::SynchronizeResponse*) override {
    return grpc::Status::OK;
  }
};

}  // namespace

int ServeIdleCalls(const std::string& address) {
  IdleService service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  server->Wait();
  return 0;
}

IdleCalls MeasureIdleCalls(const std::string& program, const std::string& folder, int callers,
                           const v1::SynchronizeRequest& request, double seconds) {
  const std::string address = "unix:" + folder + "/idle.sock";
  const pid_t pid = fork();
  if (pid == 0) {
    execl(program.c_str(), program.c_str(), "--serve", address.c_str(), nullptr);
    _exit(127);
  }
  std::vector<double> all;
  std::mutex mutex;
  std::atomic<bool> begin = false, stop = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < callers; ++i) {
    threads.emplace_back([&] {
      grpc::ChannelArguments own;
      own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      const auto channel =
          grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), own);
      channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10));
      const auto stub = v1::WorkerService::NewStub(channel);
      v1::SynchronizeResponse response;
      std::vector<double> latencies;
      while (!begin) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      while (!stop) {
        grpc::ClientContext context;
        const Clock::time_point before = Clock::now();
        if (!stub->Synchronize(&context, request, &response).ok()) break;
        latencies.push_back(Seconds(Clock::now() - before));
      }
      std::lock_guard<std::mutex> lock(mutex);
      all.insert(all.end(), latencies.begin(), latencies.end());
    });
  }
  std::this_thread::sleep_for(std::chrono::seconds(1));  // all are connected
  const Clock::time_point begun = Clock::now();
  begin = true;
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  const double elapsed = Seconds(Clock::now() - begun);
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  if (all.empty()) return {};
  std::sort(all.begin(), all.end());
  return {static_cast<double>(all.size()) / elapsed, all[all.size() * 99 / 100]};
}

}  // namespace ff::bench
