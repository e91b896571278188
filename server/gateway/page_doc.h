// Query parameters that several routes share, for their descriptions.
#pragma once

#include <vector>

#include "server/gateway/router.h"

namespace ff::gateway {

inline const std::vector<QueryDoc> kPage = {
    {"limit", "integer", "at most so many; 0 or absent: all"},
    {"offset", "integer", "after so many"}};

}  // namespace ff::gateway
