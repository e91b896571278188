// SIGTERM and SIGINT as a thing to wait for. From main alone.
#pragma once

namespace ff::daemon {

// Before any thread starts: the two signals wait for WaitForStopSignal, and a peer that
// hangs up no longer ends the process (SIGPIPE).
void BlockStopSignals();

// Returns the first signal that came. From then on the next one ends the process at once.
int WaitForStopSignal();

}  // namespace ff::daemon
