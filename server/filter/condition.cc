#include "server/filter/condition.h"

#include "absl/strings/match.h"

namespace ff::filter {

const Field* FindField(const std::vector<Field>& fields, const std::string& name) {
  for (const Field& field : fields) {
    if (absl::EqualsIgnoreCase(field.name, name)) return &field;
    for (const std::string& alias : field.aliases) {
      if (absl::EqualsIgnoreCase(alias, name)) return &field;
    }
  }
  return nullptr;
}

}  // namespace ff::filter
