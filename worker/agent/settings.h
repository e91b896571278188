// What an agent is told: its command line, and the worker section of the configuration
// with programs found and limits made definite. Plain values; functions are thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conf/load/load.h"
#include "proto/wire/channel.h"

namespace ff::agent {

struct Arguments {
  conf::LoadOptions load;
  bool exit_when_idle = false, help = false, version = false;
  int max_experiments = 0;  // 0: no bound
};

extern const char kUsage[];

// INVALID_ARGUMENT names the word that makes no sense.
absl::StatusOr<Arguments> ParseArguments(const std::vector<std::string>& words);

// A program and its arguments.
using Program = std::vector<std::string>;

// How long a trainer may say nothing. Between reports of a running one: the median silence so far
// times `factor`, but at least twice the longest (an evaluation) and at least `floor`; before the
// first report, `first_report`.
struct Patience {
  absl::Duration hello = absl::Minutes(5);  // LibTorch and CUDA on a cold, shared disk
  absl::Duration first_report = absl::Minutes(60);
  absl::Duration floor = absl::Minutes(1);
  double factor = 10;
  absl::Duration stack = absl::Seconds(10);  // for finding out where it hangs
};

struct Settings {
  std::string coordinator;  // HOST:PORT or unix:PATH
  wire::Dialing dialing;    // how it is spoken to
  std::string name, host, version;
  std::string state_path;
  std::vector<std::string> data_paths;
  std::string device_kind;  // auto | cpu | cuda
  int cpu_slots = 0, gpu_slots = 0, threads_per_slot = 0;
  int per_experiment = 1;  // devices that train one experiment together
  int rank = 0,
      ranks = 1;  // of this process among those that a launcher started (RANK, WORLD_SIZE)
  std::string umup_gpt_program, synthetic_program, http_program, http_url;
  Program command;
  std::vector<std::string> allowed_modes;  // that are trained here; empty: all
  absl::Duration stop_grace;
  absl::Duration drain_window;  // what ends within it goes on when this worker is told to leave
  std::vector<std::string> labels;
  bool self_test = false;
  std::string transfer_through = "off", transfer_folder;
  double cache_bytes = 0;
  int max_experiments = 0;  // 0: no bound
  double min_free_bytes = 0;
  bool exit_when_idle = false;
  Patience patience;
};

// Trainers that are not named are looked for beside this program. Errors: a file of tls or
// token_file that can't be read, or that others can read; a token without TLS to another host.
absl::StatusOr<Settings> MakeSettings(const v1::WorkerConfig& config, const Arguments& arguments);

// The program that trains plans of this mode. NOT_FOUND: no such program, or no such mode;
// says which key names one.
absl::StatusOr<Program> TrainerFor(const Settings& settings, const std::string& mode);

// The modes that there is a program for.
std::vector<std::string> ModesOf(const Settings& settings);

}  // namespace ff::agent
