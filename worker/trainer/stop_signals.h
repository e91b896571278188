// What a batch system says to a process before it takes the machine away, as orders: SIGTERM
// finishes the step, writes a checkpoint, reports `stopped` and ends the process; SIGUSR2 writes a
// checkpoint and goes on (Slurm's --signal, submitit). A thread of its own waits for them.
// Thread-safe.
#pragma once

#include "worker/trainer/order_queue.h"

namespace ff::trainer {

// Before the process has a second thread: all of them must leave the signals alone.
void HoldStopSignals();

// From then on signals become orders in `orders`, which must live as long as the process.
void ListenForStopSignals(OrderQueue& orders);

// SIGTERM has come: who listens should leave when nothing is being trained.
bool AskedToLeave();

// One of those who listen has left; with the last of them the process ends.
[[noreturn]] void Leave();

}  // namespace ff::trainer
