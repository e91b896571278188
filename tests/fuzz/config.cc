// Configuration: YAML files and key=value words, against the schema.
#include "absl/strings/match.h"
#include "conf/load/effective.h"
#include "conf/load/load.h"
#include "conf/load/message_reader.h"
#include "conf/load/overrides.h"
#include "conf/load/problems.h"
#include "conf/load/schema.h"
#include "conf/load/yaml_document.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/targets.h"

namespace ff::fuzz {
namespace {

using google::protobuf::Message;

Message* Section(const std::string& name, v1::FlopsFitConfig* config) {
  return config->GetReflection()->MutableMessage(config,
                                                 config->GetDescriptor()->FindFieldByName(name));
}

// What every file is read over.
const v1::FlopsFitConfig& Defaults() {
  static const auto* const kDefaults = [] {
    auto defaults = conf::LoadConfig({});
    Check(defaults.ok(), "the defaults can be read");
    return new v1::FlopsFitConfig(*std::move(defaults));
  }();
  return *kDefaults;
}

// True where the text could be read without a complaint.
bool ReadYaml(const std::string& text, const std::string& stage, v1::FlopsFitConfig* config) {
  const auto root = conf::ParseYaml("f.yaml", text);
  if (!root.ok()) {
    Check(absl::IsInvalidArgument(root.status()) &&
              absl::StartsWith(root.status().message(), "f.yaml"),
          "what is no YAML is said, with the file's name");
    return false;
  }
  conf::Problems problems;
  conf::Origins origins;
  conf::MessageReader reader("f.yaml", &problems, &origins);
  if (stage.empty()) {
    reader.ReadGroup(*root, "", config);
  } else {
    reader.ReadGroup(*root, stage, Section(stage, config));
  }
  if (!problems.Any()) return true;
  Check(absl::IsInvalidArgument(problems.ToStatus()), "problems are told");
  return false;
}

// What was read is written as YAML that reads as the same. One section: they are long.
void CheckWritten(const std::string& stage, v1::FlopsFitConfig* config) {
  v1::FlopsFitConfig again = Defaults();
  Check(ReadYaml(conf::SectionYaml(*Section(stage, config)), "", &again),
        "what is written can be read");
  Check(Section(stage, &again)->SerializeAsString() == Section(stage, config)->SerializeAsString(),
        "and is the same");
}

std::string StageOf(absl::string_view* input) {
  const std::vector<std::string> names = conf::SectionNames();
  if (input->empty()) return "";
  const size_t at = static_cast<unsigned char>(input->front()) % (names.size() + 1);
  input->remove_prefix(1);
  return at < names.size() ? names[at] : "";
}

// The first byte chooses the section, or the whole.
void ReadFile(absl::string_view input) {
  const std::string stage = StageOf(&input);
  v1::FlopsFitConfig config = Defaults();
  const bool good = ReadYaml(std::string(input), stage, &config);
  if (good && !stage.empty()) CheckWritten(stage, &config);
}

// The same, then a word of the command line.
void ReadOverride(absl::string_view input) {
  const std::string stage = StageOf(&input);
  v1::FlopsFitConfig config = Defaults();
  conf::Problems problems;
  conf::Origins origins;
  conf::ApplyOverride(std::string(input), stage, &config, &problems, &origins);
  if (problems.Any()) {
    Check(absl::IsInvalidArgument(problems.ToStatus()), "problems are told");
    return;
  }
  Check(!origins.empty() || absl::EndsWith(input, "=") || absl::StrContains(input, '['),
        "a word that is taken sets something");
}

}  // namespace

const std::vector<Target>& Targets() {
  static const auto* const kTargets = new std::vector<Target>{
      {"yaml", &ReadFile, {"compute:\n", "  min_flops: ",
                           "model:",     "\n  ",
                           "\n",         ": ",
                           "- ",         "[",
                           "]",          "{",
                           "}",          "&a ",
                           "*a",         "<<: ",
                           "!!str ",     "'",
                           "\"",         "|\n",
                           ">-\n",       "---\n",
                           "...\n",      "#",
                           "\t",         "? ",
                           "1e12",       "true",
                           "null",       "~",
                           "trainer:\n", "coordinator:\n",
                           "\\x00",      "%YAML 1.2\n"}},
      {"override",
       &ReadOverride,
       {"compute.min_flops=", "planner.compute.", "model.", "listen.grpc=", "=", ".", "[", "]", ",",
        "1e12", "true", "\"", "'", "+", "~", "retry.rules="}},
  };
  return *kTargets;
}

}  // namespace ff::fuzz
