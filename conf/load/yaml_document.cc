#include "conf/load/yaml_document.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace ff::conf {
namespace {

constexpr int kMaxDepth = 64;
constexpr int kMaxNodes = 10000;

// False when the tree under `node`, aliases followed, is deeper or larger than the limits.
bool WithinLimits(const YAML::Node& node, int depth, int* nodes_left) {
  if (depth > kMaxDepth || --*nodes_left < 0) return false;
  if (node.IsSequence()) {
    for (const auto& item : node) {
      if (!WithinLimits(item, depth + 1, nodes_left)) return false;
    }
  } else if (node.IsMap()) {
    for (const auto& item : node) {
      if (!WithinLimits(item.first, depth + 1, nodes_left)) return false;
      if (!WithinLimits(item.second, depth + 1, nodes_left)) return false;
    }
  }
  return true;
}

absl::Status TooLarge(const std::string& name, const std::string& what) {
  return absl::InvalidArgumentError(
      absl::StrCat(name, ": ", what, "; this is not a configuration file"));
}

}  // namespace

absl::StatusOr<YAML::Node> ParseYaml(const std::string& name, const std::string& text) {
  if (text.size() > kMaxYamlBytes) return TooLarge(name, "larger than 1 MiB");
  if (text.find('\0') != std::string::npos) return TooLarge(name, "contains binary data");
  try {
    std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.empty()) return YAML::Node();
    if (documents.size() > 1) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, ": has ", documents.size(),
                       " documents separated by ---; keep one, the others go in other files"));
    }
    int nodes_left = kMaxNodes;
    if (!WithinLimits(documents[0], 0, &nodes_left)) {
      return TooLarge(
          name, absl::StrCat("more than ", kMaxNodes, " values or nested deeper than ", kMaxDepth));
    }
    return documents[0];
  } catch (const YAML::Exception& e) {
    const std::string line = e.mark.is_null() ? "" : absl::StrCat(":", e.mark.line + 1);
    return absl::InvalidArgumentError(absl::StrCat(name, line, ": not valid YAML: ", e.msg));
  }
}

std::string Where(const std::string& name, const YAML::Node& node) {
  const YAML::Mark mark = node.Mark();
  return mark.is_null() ? name : absl::StrCat(name, ":", mark.line + 1);
}

}  // namespace ff::conf
