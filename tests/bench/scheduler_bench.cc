// Load on a real coordinator: ff-coordinator as a process of its own, synchronous=FULL, over the
// real gRPC stack, with a crowd of connected agents of which some call as fast as they are
// answered. A call finishes an experiment with its batch of measurements and takes the next one:
// a lease-and-finish cycle. Beside it, on the same disk and in the same run, what one SQLite
// connection commits, and how many of the same calls gRPC alone answers with as many callers.
// Prints one JSON object a line.
//
// usage: scheduler_bench BIN_DIR FOLDER [--agents N] [--points N] [--seconds S] [--stored N]
//        [--waiting N]        [--callers A,B] [--commit-per-report]
#include <grpcpp/grpcpp.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ff/v1/sweep.grpc.pb.h"
#include "ff/v1/worker.grpc.pb.h"
#include "tests/bench/idle_calls.h"

namespace {

using Clock = std::chrono::steady_clock;
using ff::v1::SynchronizeRequest;
using ff::v1::SynchronizeResponse;
using ff::v1::WorkerService;

double Seconds(Clock::duration d) { return std::chrono::duration<double>(d).count(); }

struct Options {
  std::string bin, folder;
  int agents = 1000, points = 100, stored = 1000, waiting = 200000;
  double seconds = 10;
  std::vector<int> callers = {16, 64};
  bool commit_per_report = false;
};

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "scheduler_bench: %s\n", what.c_str());
  std::exit(1);
}

// One connection, one row a commit, synchronous=FULL: what this disk gives.
struct Floor {
  double commits_per_second = 0, median_seconds = 0;
};
Floor MeasureFloor(const std::string& folder, double seconds) {
  const std::string path = folder + "/floor.db";
  sqlite3* db = nullptr;
  if (sqlite3_open(path.c_str(), &db) != SQLITE_OK) Fail("cannot open " + path);
  sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (a)", nullptr,
               nullptr, nullptr);
  std::vector<double> times;
  const Clock::time_point begun = Clock::now();
  while (Seconds(Clock::now() - begun) < seconds) {
    const Clock::time_point before = Clock::now();
    if (sqlite3_exec(db, "INSERT INTO t VALUES (1)", nullptr, nullptr, nullptr) != SQLITE_OK) {
      Fail("the floor's insert failed");
    }
    times.push_back(Seconds(Clock::now() - before));
  }
  const double elapsed = Seconds(Clock::now() - begun);
  sqlite3_close(db);
  std::sort(times.begin(), times.end());
  return {static_cast<double>(times.size()) / elapsed, times[times.size() / 2]};
}

class CoordinatorProcess {
 public:
  CoordinatorProcess(const Options& options, const std::string& database)
      : address_("unix:" + options.folder + "/c.sock") {
    const std::string program = options.bin + "/ff-coordinator";
    const std::vector<std::string> words = {program,
                                            "listen.grpc=" + address_,
                                            "listen.http=",
                                            "database.path=" + database,
                                            "database.synchronous=full",
                                            "database.min_free_bytes=0",
                                            "log.level=error"};
    begun_ = Clock::now();
    pid_ = fork();
    if (pid_ == 0) {
      std::vector<char*> argv;
      for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
      argv.push_back(nullptr);
      execv(argv[0], argv.data());
      _exit(127);
    }
    channel_ = grpc::CreateChannel(address_, grpc::InsecureChannelCredentials());
    if (!channel_->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(60))) {
      Fail("ff-coordinator did not answer");
    }
    serving_after_ = Seconds(Clock::now() - begun_);
  }
  ~CoordinatorProcess() {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  std::shared_ptr<grpc::Channel> Dial() const {
    grpc::ChannelArguments own;
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
    return grpc::CreateCustomChannel(address_, grpc::InsecureChannelCredentials(), own);
  }
  double ResidentMegabytes() const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.rfind("VmHWM:", 0) == 0) return std::atof(line.c_str() + 6) / 1024;
    }
    return 0;
  }
  double serving_after() const { return serving_after_; }

 private:
  const std::string address_;
  pid_t pid_ = -1;
  Clock::time_point begun_;
  double serving_after_ = 0;
  std::shared_ptr<grpc::Channel> channel_;
};

// A sweep of `waiting` experiments, put into the database while nobody serves it: creating it
// through the planner is not what is measured here. One real experiment is the pattern.
void FillDatabase(const std::string& database, int waiting, int finished) {
  sqlite3* db = nullptr;
  if (sqlite3_open(database.c_str(), &db) != SQLITE_OK) Fail("cannot open " + database);
  const auto run = [&](const std::string& sql) {
    char* error = nullptr;
    if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &error) != SQLITE_OK) {
      Fail(std::string(error) + " in " + sql);
    }
  };
  run("PRAGMA synchronous = OFF; BEGIN");
  run("INSERT INTO sweeps (id, name, content, state, created_at, spec_source, dropped, imported)"
      " VALUES ('bench', 'bench', 'bench', 'active', 1, '', '[]', 0)");
  const std::string plan =
      R"({"mode":"synthetic","shape":{"layers":2,"d_model":32,"heads":2,"kv_heads":2,"d_ff":128,)"
      R"("vocab_size":256,"seq_len":64},"parameters":40000,"batch_size":8,"accumulation_steps":1,)"
      R"("steps":100,"tokens":51200,"flop_count":"six_nd","flops":1e10,"device":"auto",)"
      R"("log_every":1,"dtype":"float32","scheduler":"cosine","parametrization":"u-mup"})";
  const auto insert = [&](int from, int count, const std::string& state) {
    run("WITH RECURSIVE n(i) AS (SELECT " + std::to_string(from) +
        " UNION ALL SELECT i + 1 FROM n"
        " WHERE i + 1 < " +
        std::to_string(from + count) +
        ")"
        " INSERT INTO experiments (sweep, id, ordinal, budget_index, budget_flops,"
        " target_parameters, plan, mode, device, flops, tokens, steps, state)"
        " SELECT (SELECT key FROM sweeps WHERE id = 'bench'), printf('%016x', i), i, i % 6, 1e10,"
        " 4e4, '" +
        plan + "', 'synthetic', 'auto', 1e10 + i, 51200, 100, '" + state + "' FROM n");
  };
  insert(0, waiting, "waiting");
  if (finished > 0) {
    insert(waiting, finished, "finished");
    run("INSERT INTO results (experiment, final_train_loss, final_val_loss, parameters, tokens,"
        " steps, flops, train_seconds, finished_at, imported, from_sweep)"
        " SELECT key, 3, 3, 40000, 51200, 100, 1e10, 1, 1, 0, '' FROM experiments"
        " WHERE state = 'finished'");
  }
  run("COMMIT");
  sqlite3_close(db);
}

SynchronizeRequest Introduction(int agent) {
  SynchronizeRequest request;
  request.set_worker_id("agent" + std::to_string(agent));
  request.set_incarnation("1"), request.set_name(request.worker_id());
  request.set_host("bench"), request.set_version("bench");
  ff::v1::Device& device = *request.add_devices();
  device.set_id("cpu"), device.set_kind("cpu"), device.set_slots(1), device.set_memory_bytes(8e9);
  return request;
}

struct Load {
  std::atomic<int64_t> cycles{0}, points{0}, errors{0};
  std::mutex mutex;
  std::vector<double> latencies;
};

void AddPoints(const ff::v1::Lease& lease, int from, int to, ff::v1::AttemptReport* report) {
  for (int step = from; step <= to; ++step) {
    ff::v1::Measurement& m = *report->add_measurements();
    m.set_kind("train"), m.set_step(step), m.set_tokens(step * 512), m.set_flops(step * 1e8);
    m.set_loss(10 - 0.01 * step), m.set_learning_rate(0.01), m.set_grad_norm(1);
    m.set_tokens_per_second(1e5), m.set_seconds(step * 0.01);
  }
  report->set_step(to);
  (void)lease;
}

void AddResult(const ff::v1::Lease& lease, ff::v1::AttemptReport* report) {
  report->set_state("finished");
  ff::v1::Result& result = *report->mutable_result();
  result.set_final_train_loss(3), result.set_final_val_loss(3);
  result.set_parameters(lease.plan().parameters()), result.set_tokens(lease.plan().tokens());
  result.set_steps(lease.plan().steps()), result.set_flops(1e10), result.set_train_seconds(1);
}

// One caller: takes an experiment, reports it whole, takes the next in the same call.
void RunCaller(const Options& options, WorkerService::Stub& stub, int agent,
               const std::atomic<bool>& stop, Load* load) {
  SynchronizeRequest request = Introduction(agent);
  request.set_free_slots(1), request.mutable_devices(0)->set_free_slots(1);
  std::vector<double> latencies;
  const auto call = [&](SynchronizeResponse* response) {
    grpc::ClientContext context;
    const Clock::time_point before = Clock::now();
    const grpc::Status status = stub.Synchronize(&context, request, response);
    latencies.push_back(Seconds(Clock::now() - before));
    if (!status.ok()) ++load->errors;
    return status.ok();
  };
  SynchronizeResponse response;
  if (!call(&response)) return;
  while (!stop && response.leases_size() > 0) {
    const ff::v1::Lease lease = response.leases(0);
    request.clear_attempts();
    ff::v1::AttemptReport& report = *request.add_attempts();
    report.set_attempt_id(lease.attempt_id()), report.set_epoch(lease.epoch());
    if (options.commit_per_report) {
      // As Optuna has it: every report a commit of its own.
      request.set_free_slots(0), request.mutable_devices(0)->set_free_slots(0);
      for (int step = 1; step <= options.points && !stop; ++step) {
        report.clear_measurements();
        report.set_state("running");
        AddPoints(lease, step, step, &report);
        if (!call(&response)) return;
        ++load->points;
      }
      report.clear_measurements();
      request.set_free_slots(1), request.mutable_devices(0)->set_free_slots(1);
    } else {
      AddPoints(lease, 1, options.points, &report);
      load->points += options.points;
    }
    AddResult(lease, &report);
    if (!call(&response)) return;
    ++load->cycles;
  }
  std::lock_guard<std::mutex> lock(load->mutex);
  load->latencies.insert(load->latencies.end(), latencies.begin(), latencies.end());
}

void Measure(const Options& options, int callers, int stored) {
  std::filesystem::create_directories(options.folder);
  const std::string database = options.folder + "/ff.db";
  for (const char* end : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(database + end);
  { CoordinatorProcess makes_the_schema(options, database); }
  const int waiting = options.waiting;
  FillDatabase(database, waiting, std::max(stored - waiting, 0));
  const Floor before = MeasureFloor(options.folder, 2);
  CoordinatorProcess coordinator(options, database);
  // The crowd: each with a connection of its own, known to the coordinator and idle.
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  std::vector<std::unique_ptr<WorkerService::Stub>> stubs;
  for (int i = 0; i < options.agents; ++i) {
    channels.push_back(coordinator.Dial());
    stubs.push_back(WorkerService::NewStub(channels.back()));
    grpc::ClientContext context;
    SynchronizeResponse response;
    if (!stubs.back()->Synchronize(&context, Introduction(i), &response).ok()) {
      Fail("agent " + std::to_string(i) + " was not answered");
    }
  }
  Load load;
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  const Clock::time_point begun = Clock::now();
  for (int i = 0; i < callers; ++i) {
    threads.emplace_back([&, i] { RunCaller(options, *stubs[i], i, stop, &load); });
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(options.seconds));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  const double elapsed = Seconds(Clock::now() - begun);
  const double megabytes = coordinator.ResidentMegabytes();
  const Floor after = MeasureFloor(options.folder, 2);
  SynchronizeRequest full = Introduction(0);
  AddPoints(ff::v1::Lease(), 1, options.points, full.add_attempts());
  const ff::bench::IdleCalls idle = ff::bench::MeasureIdleCalls(
      "/proc/self/exe", options.folder, callers, full, std::min(options.seconds, 3.0));
  const double floor = (before.commits_per_second + after.commits_per_second) / 2;
  const double flush = (before.median_seconds + after.median_seconds) / 2;
  std::sort(load.latencies.begin(), load.latencies.end());
  const size_t n = load.latencies.size();
  if (n == 0) Fail("no call was answered");
  const double p99 = load.latencies[std::min(n - 1, n * 99 / 100)];
  const double cycles = static_cast<double>(load.cycles) / elapsed;
  std::printf(
      "{\"callers\": %d, \"agents\": %d, \"stored\": %d, \"commit_per_report\": %s, "
      "\"cycles_per_second\": %.1f, \"points_per_second\": %.0f, \"errors\": %lld, "
      "\"p50_ms\": %.2f, \"p99_ms\": %.2f, \"floor_commits_per_second\": %.1f, "
      "\"floor_flush_ms\": %.2f, \"cycles_over_floor\": %.2f, \"p99_over_flush\": %.1f, "
      "\"idle_calls_per_second\": %.0f, \"idle_p99_ms\": %.2f, \"cycles_over_idle_calls\": %.2f, "
      "\"idle_p99_over_flush\": %.1f, \"coordinator_mb\": %.0f}\n",
      callers, options.agents, std::max(stored, waiting),
      options.commit_per_report ? "true" : "false", cycles,
      static_cast<double>(load.points) / elapsed, static_cast<long long>(load.errors),
      1e3 * load.latencies[n / 2], 1e3 * p99, floor, 1e3 * flush, cycles / floor, p99 / flush,
      idle.per_second, 1e3 * idle.p99_seconds, cycles / idle.per_second, idle.p99_seconds / flush,
      megabytes);
  std::fflush(stdout);
}

Options ParseOptions(int argc, char** argv) {
  if (argc < 3) Fail("usage: scheduler_bench BIN_DIR FOLDER [--agents N] [--points N] ...");
  Options options;
  options.bin = argv[1], options.folder = argv[2];
  for (int i = 3; i < argc; ++i) {
    const std::string word = argv[i];
    const auto next = [&] { return ++i < argc ? std::string(argv[i]) : std::string("0"); };
    if (word == "--agents") options.agents = std::atoi(next().c_str());
    if (word == "--points") options.points = std::atoi(next().c_str());
    if (word == "--waiting") options.waiting = std::atoi(next().c_str());
    if (word == "--stored") options.stored = std::atoi(next().c_str());
    if (word == "--seconds") options.seconds = std::atof(next().c_str());
    if (word == "--commit-per-report") options.commit_per_report = true;
    if (word == "--callers") {
      options.callers.clear();
      std::string list = next();
      for (size_t at = 0; at < list.size(); at = list.find(',', at) + 1) {
        options.callers.push_back(std::atoi(list.c_str() + at));
        if (list.find(',', at) == std::string::npos) break;
      }
    }
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "--serve") return ff::bench::ServeIdleCalls(argv[2]);
  const Options options = ParseOptions(argc, argv);
  for (const int callers : options.callers) Measure(options, callers, options.stored);
  return 0;
}
