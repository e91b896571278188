// The real ff-trainer as a child process, spoken to through pipes; and small plans on a
// small text for it. Ends the child when it goes out of scope.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "worker/checkpoint/durable.h"
#include "worker/protocol/messages.h"
#include "worker/protocol/reader.h"
#include "worker/protocol/writer.h"
#include "worker/recipe/parameter_specs.h"

namespace ff::trainer {

class TrainerProcess {
 public:
  // `data_bytes`: what the process may allocate, as setrlimit(2) limits it; 0: no limit. `log`: a
  // file for its standard error.
  explicit TrainerProcess(rlim_t data_bytes = 0, const std::string& log = "") {
    int in[2], out[2];
    if (pipe(in) != 0 || pipe(out) != 0) throw std::runtime_error("pipe");
    pid_ = fork();
    if (pid_ == 0) {
      dup2(in[0], STDIN_FILENO), dup2(out[1], STDOUT_FILENO);
      for (int fd : {in[0], in[1], out[0], out[1]}) close(fd);
      if (!log.empty()) dup2(open(log.c_str(), O_WRONLY | O_CREAT, 0644), STDERR_FILENO);
      const rlimit limit{data_bytes, data_bytes};
      if (data_bytes > 0) setrlimit(RLIMIT_DATA, &limit);
      execl(FF_BINARY_DIR "/bin/ff-trainer", "ff-trainer", nullptr);
      _exit(127);
    }
    close(in[0]), close(out[1]);
    in_ = in[1], out_ = out[0];
    reader_ = std::make_unique<protocol::Reader>(out_);
    writer_ = std::make_unique<protocol::Writer>(in_);
  }
  ~TrainerProcess() {
    if (pid_ > 0) kill(pid_, SIGKILL), Wait();
    CloseInput();
    close(out_);
  }
  TrainerProcess(const TrainerProcess&) = delete;
  TrainerProcess& operator=(const TrainerProcess&) = delete;

  void Send(const protocol::Order& order) { ASSERT_TRUE(writer_->Write(order).ok()); }
  void SendText(const std::string& line) {
    ASSERT_EQ(write(in_, line.data(), line.size()), ssize_t(line.size()));
  }
  // Bytes that RLIMIT_DATA would count.
  rlim_t DataBytes() const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    for (std::string word; status >> word;) {
      if (word == "VmData:" && status >> word) return rlim_t{1024} * std::stoull(word);
    }
    return 0;
  }
  pid_t pid() const { return pid_; }
  // The processes that it has started (its other ranks), by pid.
  std::vector<pid_t> Children() const {
    std::vector<pid_t> found;
    std::ifstream list("/proc/" + std::to_string(pid_) + "/task/" + std::to_string(pid_) +
                       "/children");
    for (pid_t child = 0; list >> child;) found.push_back(child);
    return found;
  }
  void Kill() { kill(pid_, SIGKILL); }
  void Signal(int number) { kill(pid_, number); }
  void CloseInput() {
    if (in_ >= 0) close(in_);
    in_ = -1;
  }
  // Exit status, or -1 after a signal.
  int Wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  // An error once the child is gone.
  absl::StatusOr<protocol::Report> Next() { return reader_->NextReport(absl::Seconds(100)); }

  // Reports up to and with the first of type R, or to the end of the child.
  template <class... Ends>
  std::vector<protocol::Report> Until() {
    std::vector<protocol::Report> reports;
    while (true) {
      auto report = Next();
      if (!report.ok()) return reports;
      reports.push_back(*report);
      if ((std::holds_alternative<Ends>(*report) || ...)) return reports;
    }
  }
  std::vector<protocol::Report> UntilDone() {
    return Until<protocol::Finished, protocol::Failed, protocol::Stopped>();
  }

 private:
  pid_t pid_ = -1;
  int in_ = -1, out_ = -1;
  std::unique_ptr<protocol::Reader> reader_;
  std::unique_ptr<protocol::Writer> writer_;
};

template <class R>
std::vector<R> Only(const std::vector<protocol::Report>& reports) {
  std::vector<R> found;
  for (const protocol::Report& report : reports) {
    if (const R* r = std::get_if<R>(&report)) found.push_back(*r);
  }
  return found;
}

// A folder with a text of made-up words, which a model learns a little of within a few steps.
class TrainerTest : public ::testing::Test {
 protected:
  TrainerTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ff_trainer_XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    std::mt19937 random(7);
    std::string text;
    while (text.size() < 60000) {
      for (unsigned i = 0, n = 1 + random() % 3; i < n; ++i) {
        text += "bcdfgklmnprst"[random() % 13];
        text += "aeiou"[random() % 5];
      }
      text += ' ';
    }
    std::ofstream(TextPath(), std::ios::binary) << text;
    text_bytes_ = int64_t(text.size());
  }
  ~TrainerTest() override { checkpoint::RemoveFolder(folder_).IgnoreError(); }

  std::string TextPath() const { return folder_ + "/text"; }

  protocol::StartOrder Order(const std::string& checkpoints, int64_t steps = 12) const {
    protocol::Plan p;
    p.mode = "umup_gpt";
    p.shape = {.layers = 2,
               .d_model = 16,
               .heads = 2,
               .kv_heads = 2,
               .d_ff = 40,
               .vocab_size = 256,
               .seq_len = 32};
    p.batch_size = 4, p.steps = steps, p.tokens = steps * 4 * 32, p.flops = 1e9;
    p.flop_count = "six_nd", p.parametrization = "u-mup";
    p.learning_rate = 0.5, p.scheduler = "cosine", p.warmup_steps = 2, p.min_lr_ratio = 0.1;
    p.weight_decay = 0.001, p.adam_beta1 = 0.9, p.adam_beta2 = 0.99, p.adam_eps = 1e-8;
    p.seed = 3, p.dtype = "float32", p.log_every = 1, p.eval_tokens = 1024;
    p.data_format = "bytes", p.data_tokens = text_bytes_, p.val_fraction = 0.1;
    Recount(p);
    return {1, p, TextPath(), folder_ + "/" + checkpoints, false, "cpu", 1, "", ""};
  }
  static void Recount(protocol::Plan& p) {
    p.parameters = recipe::CountParameters(recipe::ParameterSpecs(p));
  }

  // Everything that a curve is, as text: equal text is equal bits.
  static std::string Curve(const std::vector<protocol::Report>& reports) {
    std::string text;
    for (protocol::Report report : reports) {
      if (auto* m = std::get_if<protocol::Measurement>(&report)) {
        m->seconds = m->tokens_per_second = 0;
        text += protocol::ToLine(report) + "\n";
      } else if (auto* e = std::get_if<protocol::Evaluation>(&report)) {
        e->seconds = 0;
        text += protocol::ToLine(report) + "\n";
      } else if (auto* f = std::get_if<protocol::Finished>(&report)) {
        f->seconds = 0;
        text += protocol::ToLine(report) + "\n";
      }
    }
    return text;
  }

  std::vector<protocol::Report> RunAlone(const protocol::StartOrder& order) {
    TrainerProcess trainer;
    trainer.Send(order);
    return trainer.UntilDone();
  }

  std::string folder_;
  int64_t text_bytes_ = 0;
};

}  // namespace ff::trainer
