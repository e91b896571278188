// Protobuf strings must be UTF-8: a reader refuses a whole message for one wrong byte.
// Text that programs wrote freely (logs, failure messages) passes through here. Pure.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace ff::convert {

// `text` with every byte that is not part of well-formed UTF-8 replaced by U+FFFD.
std::string ValidUtf8(absl::string_view text);

}  // namespace ff::convert
