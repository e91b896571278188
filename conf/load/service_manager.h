// What a daemon tells the service manager that started it (systemd's sd_notify protocol: one
// datagram to the socket that NOTIFY_SOCKET names). Without that variable nothing is done. From any
// thread.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace ff::conf {

// It does its work from now on; `status`: a line for `systemctl status`.
void NotifyReady(absl::string_view status);
void NotifyStatus(absl::string_view status);
// It is about to end.
void NotifyStopping();
// It is alive. To be said more often than WatchdogInterval, or the manager kills and restarts it.
void NotifyAlive();

// Infinite where nobody waits for NotifyAlive (WATCHDOG_USEC not set, or meant for another
// process).
absl::Duration WatchdogInterval();

}  // namespace ff::conf
