#include "server/gateway/message.h"

namespace ff::gateway {

const std::string& Request::Header(const std::string& name) const {
  static const std::string* const none = new std::string();
  const auto found = headers.find(name);
  return found == headers.end() ? *none : found->second;
}

}  // namespace ff::gateway
