// ff-trainer: trains one experiment at a time, as ordered on standard input; reports on
// standard output (worker/protocol/README.md). With --lanes N, N at a time in one process,
// each with a pair of descriptors and a thread of its own, so that small ones share a GPU. A start
// for several devices is trained by a process for each: `--follow` is one of the others.
// `--self-test DEVICE` tries a device instead; `--export` turns a checkpoint into weights.
#include <fcntl.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <variant>

#include "absl/strings/numbers.h"
#include "worker/protocol/messages.h"
#include "worker/protocol/writer.h"
#include "worker/trainer/devices.h"
#include "worker/trainer/export_weights.h"
#include "worker/trainer/failure.h"
#include "worker/trainer/order_queue.h"
#include "worker/trainer/rank_follower.h"
#include "worker/trainer/rank_team.h"
#include "worker/trainer/self_test.h"
#include "worker/trainer/stop_signals.h"
#include "worker/trainer/training_run.h"

namespace {

using ff::protocol::Failed;
using ff::protocol::StartOrder;

// A word on the command line is somebody trying the program out.
int Usage() {
  std::fputs(
      "ff-trainer reads orders from standard input and writes reports to standard output, one\n"
      "JSON object a line; ff-worker starts it. With --lanes N it trains up to N experiments at\n"
      "once: lane i reads orders from descriptor 2 i + 1 and writes reports to 2 i + 2.\n"
      "  ff-trainer --follow                     trains with the ff-trainer of rank 0; a launcher\n"
      "      sets RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT (docs/training.md)\n"
      "  ff-trainer --self-test DEVICE           tries a device\n"
      "  ff-trainer --export CHECKPOINT FOLDER   weights and config of a checkpoint's folder\n",
      stderr);
  return 2;
}

int Export(const std::string& checkpoint, const std::string& folder) {
  const absl::Status status = ff::trainer::ExportCheckpoint(checkpoint, folder);
  if (!status.ok()) {
    std::fprintf(stderr, "ff-trainer: %s\n", std::string(status.message()).c_str());
    return 1;
  }
  std::printf("wrote %s/model.safetensors and config.json\n", folder.c_str());
  return 0;
}

absl::Status Train(StartOrder order, ff::trainer::RankTeam& team, ff::trainer::OrderQueue& orders,
                   ff::protocol::Writer& writer) {
  const auto group = team.Begin(order);
  if (!group.ok()) {
    return writer.Write(Failed{ff::trainer::FailureKind(group.status()),
                               std::string(group.status().message()), 0, std::nan("")});
  }
  const absl::Status status = ff::trainer::TrainingRun(order, orders, writer, *group).Run();
  team.End();
  return status;
}

absl::Status Serve(ff::trainer::OrderQueue& orders, ff::protocol::Writer& writer) {
  ff::trainer::RankTeam team;
  absl::Status status = writer.Write(ff::protocol::Hello{
      ff::protocol::kProtocolVersion, "ff-trainer " FF_VERSION, ff::trainer::ListDevices()});
  while (status.ok() && !ff::trainer::AskedToLeave()) {
    absl::StatusOr<ff::protocol::Order> order = orders.Take();
    if (!order.ok()) {
      status = writer.Write(Failed{"bad_plan", std::string(order.status().message()), 0, 0});
    } else if (const auto* start = std::get_if<StartOrder>(&*order)) {
      status = Train(*start, team, orders, writer);
    } else if (!ff::trainer::AskedToLeave()) {
      std::fputs("ff-trainer: nothing is being trained; order ignored\n", stderr);
    }
  }
  return status;
}

// Libraries write to standard output too (NCCL its version): that goes to standard error, and the
// reports of lane 0 to a descriptor from `least` on that only this program knows.
int KeepReportsApart(int least) {
  const int reports = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, least);
  return reports < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0 ? -1 : reports;
}

// Until nobody reads its reports: then the agent is gone, and the process with it.
[[noreturn]] void ServeLane(int orders_fd, int reports_fd) {
  ff::protocol::Writer writer(reports_fd);
  ff::trainer::OrderQueue orders(orders_fd);
  ff::trainer::ListenForStopSignals(orders);
  const absl::Status status = Serve(orders, writer);
  if (status.ok()) ff::trainer::Leave();
  std::fprintf(stderr, "ff-trainer: %s\n", std::string(status.message()).c_str());
  std::_Exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--self-test") == 0) {
    const std::string wrong = ff::trainer::SelfTest(argv[2]);
    if (!wrong.empty()) std::fprintf(stderr, "%s\n", wrong.c_str());
    return wrong.empty() ? 0 : 1;
  }
  if (argc == 4 && std::string(argv[1]) == "--export") return Export(argv[2], argv[3]);
  // Asked for by cuBLAS before it promises the same bits twice; read when CUDA starts.
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
  if (argc == 2 && std::string(argv[1]) == "--follow") return ff::trainer::Follow();
  int lanes = 1;
  const bool asked = argc == 3 && std::string(argv[1]) == "--lanes";
  if (asked && !absl::SimpleAtoi(argv[2], &lanes)) return Usage();
  if ((argc > 1 && !asked) || lanes < 1 || lanes > 64) return Usage();
  const int reports = KeepReportsApart(2 * lanes + 3);
  if (reports < 0) return std::perror("ff-trainer: standard output"), 1;
  ff::trainer::HoldStopSignals();
  for (int lane = 1; lane < lanes; ++lane) {
    std::thread(ServeLane, 2 * lane + 1, 2 * lane + 2).detach();
  }
  ServeLane(STDIN_FILENO, reports);
}
