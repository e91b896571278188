// ff-trainer: trains one experiment at a time, as ordered on standard input; reports on
// standard output (worker/protocol/README.md). `--self-test DEVICE` tries a device instead.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <variant>

#include "worker/protocol/messages.h"
#include "worker/protocol/writer.h"
#include "worker/trainer/devices.h"
#include "worker/trainer/order_queue.h"
#include "worker/trainer/self_test.h"
#include "worker/trainer/training_run.h"

namespace {

using ff::protocol::Failed;
using ff::protocol::StartOrder;

// A word on the command line is somebody trying the program out.
int Usage() {
  std::fputs(
      "ff-trainer reads orders from standard input and writes reports to standard output, one\n"
      "JSON object a line; ff-worker starts it. `ff-trainer --self-test DEVICE` tries a device.\n",
      stderr);
  return 2;
}

absl::Status Serve(ff::trainer::OrderQueue& orders, ff::protocol::Writer& writer) {
  absl::Status status = writer.Write(ff::protocol::Hello{
      ff::protocol::kProtocolVersion, "ff-trainer " FF_VERSION, ff::trainer::ListDevices()});
  while (status.ok()) {
    absl::StatusOr<ff::protocol::Order> order = orders.Take();
    if (!order.ok()) {
      status = writer.Write(Failed{"bad_plan", std::string(order.status().message()), 0, 0});
    } else if (const auto* start = std::get_if<StartOrder>(&*order)) {
      status = ff::trainer::TrainingRun(*start, orders, writer).Run();
    } else {
      std::fputs("ff-trainer: nothing is being trained; order ignored\n", stderr);
    }
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--self-test") == 0) {
    const std::string wrong = ff::trainer::SelfTest(argv[2]);
    if (!wrong.empty()) std::fprintf(stderr, "%s\n", wrong.c_str());
    return wrong.empty() ? 0 : 1;
  }
  if (argc > 1) return Usage();
  // Asked for by cuBLAS before it promises the same bits twice; read when CUDA starts.
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
  ff::protocol::Writer writer(STDOUT_FILENO);
  ff::trainer::OrderQueue orders(STDIN_FILENO);
  const absl::Status status = Serve(orders, writer);
  std::fprintf(stderr, "ff-trainer: %s\n", std::string(status.message()).c_str());
  std::_Exit(1);
}
