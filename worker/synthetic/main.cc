// ff-trainer-synthetic: the stand-in law behind the trainer protocol, on standard input
// and output. Exit codes: 0 the agent is gone, 1 a broken pipe or order, 2 wrong usage.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "worker/synthetic/fault.h"
#include "worker/synthetic/stand_in_trainer.h"

namespace {

constexpr char kUsage[] =
    "usage: ff-trainer-synthetic\n"
    "\n"
    "Speaks the trainer protocol on standard input and output (see worker/protocol/README.md)\n"
    "and answers from the law L = e + a / N^alpha + b / D^beta of the plan instead of training.\n"
    "Started by ff-worker for sweeps of mode synthetic.\n"
    "\n"
    "  --help     this text\n"
    "\n"
    "  FF_SYNTHETIC_FAULT (environment, for tests) makes it misbehave:\n";

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--help") == 0) {
    std::printf("%s%s", kUsage, ff::synthetic::FaultHelp().c_str());
    return 0;
  }
  if (argc > 1) {
    std::fprintf(stderr, "ff-trainer-synthetic: unknown argument %s; see --help\n", argv[1]);
    return 2;
  }
  const char* text = std::getenv("FF_SYNTHETIC_FAULT");
  const auto fault = ff::synthetic::ParseFault(text == nullptr ? "" : text);
  if (!fault.ok()) {
    std::fprintf(stderr, "ff-trainer-synthetic: %s\n",
                 std::string(fault.status().message()).c_str());
    return 2;
  }
  const absl::Status status = ff::synthetic::StandInTrainer(0, 1, *fault).Run();
  if (status.ok()) return 0;
  std::fprintf(stderr, "ff-trainer-synthetic: %s\n", std::string(status.message()).c_str());
  return 1;
}
