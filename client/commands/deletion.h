// What deleting sweeps and experiments has in common: what would go is asked for and said, the name
// is typed, then it goes.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "client/session.h"
#include "ff/v1/sweep.pb.h"

namespace ff::client {

// `name`: to be typed; `next`: the command that does not ask; `ask(dry_run)`: the call.
absl::StatusOr<Exit> Delete(Session& session, const Arguments& arguments, const std::string& name,
                            const std::string& next,
                            const std::function<absl::StatusOr<v1::Deletion>(bool dry_run)>& ask);

}  // namespace ff::client
