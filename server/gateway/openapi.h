// The HTTP API's description in OpenAPI 3, made from the table of routes and the messages
// themselves, so that it says what is served. Pure.
#pragma once

#include <string>
#include <vector>

#include "server/gateway/router.h"

namespace ff::gateway {

// The whole document as JSON text.
std::string OpenApi(const std::vector<DocumentedRoute>& routes, const std::string& version);

}  // namespace ff::gateway
