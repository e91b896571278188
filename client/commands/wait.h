// Waiting for something on the coordinator. Belongs to one thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "client/command.h"
#include "client/session.h"

namespace ff::client {

// "done" -> {done, ""}; "state=paused" -> {"", paused}.
struct Goal {
  std::string word, state;
};
// INVALID_ARGUMENT names the words there are.
absl::StatusOr<Goal> ParseGoal(const std::string& text, const std::vector<std::string>& words,
                               const std::vector<std::string>& states);

// Asks `reached` every half second, through a coordinator that is away, until it says yes (true),
// an error that waiting does not heal, ^C (false), or --timeout is over: DEADLINE_EXCEEDED.
absl::StatusOr<bool> WaitUntil(
    Session& session, const Arguments& arguments,
    const std::function<absl::StatusOr<bool>(CoordinatorClient& client)>& reached);

}  // namespace ff::client
