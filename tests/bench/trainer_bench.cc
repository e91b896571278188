// Times whole optimizer steps of the trainer as it is used: data read from a token file,
// forward, loss, backward, AdamW, loss read back. One JSON line a measurement:
//   {"size", "device", "dtype", "params", "batch", "seq", "concurrent", "ms", "tok_s", "tflops",
//    "mem_gb", "first_step_s"}
// ms: of a step, the median over groups of steps; tok_s: of all experiments together; tflops:
// 6 (matmul parameters) + 6 layers d_model seq a token; first_step_s: from asking for the
// session until its first step is done (the first line of a process includes CUDA's start).
//
// Usage: trainer_bench [--device cpu|cuda:0] [--dtype float32|bfloat16] [--sizes 1m,10m]
//                      [--steps N] [--concurrent N] [--threads N]
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "tests/bench/model_sizes.h"
#include "worker/recipe/parameter_specs.h"
#include "worker/trainer/devices.h"
#include "worker/trainer/training_session.h"

namespace {

using ff::bench::ModelSize;
using ff::bench::ModelSizes;
using ff::protocol::StartOrder;
using ff::trainer::TrainingSession;

struct Options {
  std::string device = "cpu", dtype = "float32";
  std::vector<std::string> sizes;
  int64_t steps = 50, concurrent = 1, threads = 1;
};

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

[[noreturn]] void Die(const std::string& what) {
  std::fprintf(stderr, "trainer_bench: %s\n", what.c_str());
  std::exit(1);
}

Options Parse(int argc, char** argv) {
  Options o;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string key = argv[i], value = argv[i + 1];
    bool known = true, number = true;
    if (key == "--device") {
      o.device = value;
    } else if (key == "--dtype") {
      o.dtype = value;
    } else if (key == "--sizes") {
      o.sizes = absl::StrSplit(value, ',');
    } else if (key == "--steps") {
      number = absl::SimpleAtoi(value, &o.steps);
    } else if (key == "--concurrent") {
      number = absl::SimpleAtoi(value, &o.concurrent);
    } else if (key == "--threads") {
      number = absl::SimpleAtoi(value, &o.threads);
    } else {
      known = false;
    }
    if (!known || !number) Die("what is " + key + " " + value + "?");
  }
  if (argc % 2 == 0 || o.sizes.empty()) Die("--sizes a,b,... and pairs of option and value");
  return o;
}

// Random tokens: a gigabyte of text would train no faster.
std::string TokenFile(int64_t vocab, int64_t tokens) {
  const std::string path = "/tmp/ff_trainer_bench_" + std::to_string(getpid()) + ".bin";
  std::mt19937 random(1);
  std::vector<uint16_t> values(tokens);
  for (uint16_t& value : values) value = uint16_t(random() % vocab);
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(values.data()), std::streamsize(values.size() * 2));
  if (!out.flush()) Die("cannot write " + path);
  return path;
}

StartOrder OrderFor(const ModelSize& size, const Options& o, int64_t tokens, int64_t seed) {
  StartOrder order;
  ff::protocol::Plan& p = order.plan;
  p.mode = "umup_gpt", p.parametrization = "u-mup";
  p.shape = {size.layers,
             size.d_model,
             size.d_model / size.head_dim,
             size.d_model / size.head_dim,
             size.d_ff,
             size.vocab,
             size.seq};
  p.batch_size = size.batch, p.steps = 1 << 20, p.tokens = p.steps * size.batch * size.seq;
  p.learning_rate = 0.25, p.scheduler = "cosine", p.warmup_steps = 100, p.min_lr_ratio = 0.1;
  p.adam_beta1 = 0.9, p.adam_beta2 = 0.99, p.adam_eps = 1e-8, p.seed = seed, p.dtype = o.dtype;
  p.eval_tokens = size.seq, p.data_format = "uint16", p.data_tokens = tokens;
  p.val_fraction = 0.01, p.weight_decay = 1.0 / 8192;
  p.parameters = ff::recipe::CountParameters(ff::recipe::ParameterSpecs(p));
  order.device = o.device, order.threads = o.threads;
  return order;
}

void Steps(TrainingSession& session, int64_t first, int64_t count) {
  for (int64_t step = first; step < first + count; ++step) {
    const auto result = session.Step(step, false);
    if (!result.ok()) Die(std::string(result.status().message()));
  }
}

void Measure(const std::string& name, const Options& o) {
  const ModelSize size = ModelSizes().at(name);
  const int64_t tokens = std::max<int64_t>(size.batch * size.seq * 8, 1 << 20);
  const std::string path = TokenFile(size.vocab, tokens);
  ff::trainer::ResetPeakDeviceBytes(o.device);
  const double begin = Now();
  double first_step = 0;
  std::vector<std::unique_ptr<TrainingSession>> sessions;
  for (int64_t i = 0; i < o.concurrent; ++i) {
    StartOrder order = OrderFor(size, o, tokens, i + 1);
    order.data_path = path;
    auto session = TrainingSession::Create(order);
    if (!session.ok()) Die(std::string(session.status().message()));
    sessions.push_back(*std::move(session));
    Steps(*sessions.back(), 0, 1);
    if (i == 0) first_step = Now() - begin;
  }
  const int64_t group = std::max<int64_t>(o.steps / 5, 1);
  std::vector<double> seconds;
  for (int64_t g = -1; g < 5; ++g) {  // the first group warms up
    const double start = Now();
    std::vector<std::thread> threads;
    for (auto& session : sessions) {
      threads.emplace_back([&] { Steps(*session, 1 + (g + 1) * group, group); });
    }
    for (std::thread& thread : threads) thread.join();
    if (g >= 0) seconds.push_back((Now() - start) / double(group));
  }
  std::sort(seconds.begin(), seconds.end());
  const double step = seconds[2];
  const double rate = double(size.batch * size.seq * o.concurrent) / step;
  const int64_t parameters = sessions.front()->parameters();
  const double flops = 6.0 * double(parameters - size.vocab * size.d_model) +
                       6.0 * double(size.layers * size.d_model * size.seq);
  std::printf(
      "{\"size\": \"%s\", \"variant\": \"flops-fit\", \"device\": \"%s\", \"dtype\": \"%s\", "
      "\"params\": %lld, \"batch\": %lld, \"seq\": %lld, \"concurrent\": %lld, \"ms\": %.3f, "
      "\"tok_s\": %.0f, \"tflops\": %.2f, \"mem_gb\": %.2f, \"first_step_s\": %.2f}\n",
      name.c_str(), o.device.c_str(), o.dtype.c_str(), (long long)parameters, (long long)size.batch,
      (long long)size.seq, (long long)o.concurrent, step * 1e3, rate, flops * rate / 1e12,
      ff::trainer::PeakDeviceBytes(o.device) / (1 << 30), first_step);
  std::fflush(stdout);
  unlink(path.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
  const Options options = Parse(argc, argv);
  for (const std::string& size : options.sizes) {
    if (!ModelSizes().count(size)) Die("there is no size " + size);
    Measure(size, options);
  }
}
