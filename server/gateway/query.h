// Query parameters ("?limit=10&state=running") as values. Pure; every error is
// INVALID_ARGUMENT and names the parameter.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/gateway/message.h"

namespace ff::gateway {

// The parameter's value, the first if it came twice; empty where absent.
std::string Word(const Request& request, const std::string& name);

// Not negative; 0 where absent or empty.
absl::StatusOr<int64_t> Count(const Request& request, const std::string& name);
// The same, at most 2^31 - 1.
absl::StatusOr<int> SmallCount(const Request& request, const std::string& name);

// "a,b" and "?x=a&x=b" alike.
std::vector<std::string> Words(const Request& request, const std::string& name);
absl::StatusOr<std::vector<double>> Numbers(const Request& request, const std::string& name);

}  // namespace ff::gateway
