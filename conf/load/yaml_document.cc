#include "conf/load/yaml_document.h"

#include <yaml-cpp/eventhandler.h>

#include <sstream>

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

// Listens to a document and remembers nothing.
class Nobody : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// True if something stands behind the first document. YAML::LoadAll would tell too, but on
// some damaged texts it makes documents for ever without reading on.
bool HasMore(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  Nobody nobody;
  return parser.HandleNextDocument(nobody) && parser.HandleNextDocument(nobody);
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
    if (HasMore(text)) {
      return absl::InvalidArgumentError(
          absl::StrCat(name,
                       ": goes on after its first document ends; keep one document, without "
                       "'---' or brackets left over"));
    }
    const YAML::Node document = YAML::Load(text);
    int nodes_left = kMaxNodes;
    if (!WithinLimits(document, 0, &nodes_left)) {
      return TooLarge(
          name, absl::StrCat("more than ", kMaxNodes, " values or nested deeper than ", kMaxDepth));
    }
    return document;
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
