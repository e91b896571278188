// The end of a process that cannot go on because its ranks cannot go on together: nothing that
// waits for a peer can be waited for, so the process ends as it stands, and the others notice.
// Thread-safe.
#pragma once

#include <string>

#include "absl/time/time.h"

namespace ff::trainer {

// Says `why` on standard error (nothing where it is empty) and ends the process with code 1.
// `patience`: how long another thread may take to say something better, as the one that watches
// the other ranks can.
[[noreturn]] void EndProcess(const std::string& why,
                             absl::Duration patience = absl::ZeroDuration());

}  // namespace ff::trainer
