// ffctl config view | defaults: which value every key has, and where it comes from.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/commands/all.h"
#include "client/commands/print_list.h"
#include "client/commands/support.h"
#include "client/print/words.h"
#include "client/sweep_request.h"
#include "conf/load/effective.h"
#include "conf/load/load.h"
#include "nlohmann/json.hpp"

namespace ff::client {
namespace {

const std::vector<std::string>& Stages() {
  static const auto* const kStages = new std::vector<std::string>{
      "planner", "trainer", "analyzer", "visualizer", "coordinator", "worker"};
  return *kStages;
}

absl::Status CheckStage(const std::string& stage) {
  for (const std::string& known : Stages()) {
    if (stage == known) return absl::OkStatus();
  }
  const std::string near = NearestWord(stage, Stages());
  return absl::InvalidArgumentError(
      absl::StrCat("there is no section '", stage, "'\n",
                   near.empty() ? "" : absl::StrCat("did you mean '", near, "'? "), "sections are ",
                   absl::StrJoin(Stages(), ", ")));
}

// ffctl's own settings, each with the place that it comes from.
absl::StatusOr<Exit> ViewOrigins(Session& session, const Arguments& arguments) {
  Table table({{"SETTING"}, {"VALUE"}, {"ORIGIN"}});
  nlohmann::ordered_json root = {{"apiVersion", "ff/v1"},
                                 {"settings", nlohmann::ordered_json::array()}};
  std::vector<std::string> names;
  for (const auto& [name, setting] : session.settings().all()) {
    table.Add({name, setting.value.empty() ? "-" : setting.value, setting.origin});
    names.push_back(name);
    root["settings"].push_back(
        {{"name", name}, {"value", setting.value}, {"origin", setting.origin}});
  }
  if (session.wants_data()) {
    session.PrintData(root.dump(2) + "\n");
    return Exit::kOk;
  }
  const absl::Status printed = PrintList(session, arguments, {nullptr, table, names, ""});
  if (!printed.ok()) return printed;
  session.Note(
      "configuration of sweeps: `ffctl config view` shows where each of its values is from");
  return Exit::kOk;
}

absl::StatusOr<Exit> View(Session& session, const Arguments& arguments) {
  if (arguments.Has("origin")) return ViewOrigins(session, arguments);
  const Words words = SplitWords(arguments.words);
  conf::LoadOptions options;
  options.files = arguments.All("preset");
  for (const std::string& file : arguments.All("config")) options.files.push_back(file);
  options.overrides = words.overrides;
  if (!words.others.empty()) {
    if (absl::Status status = CheckStage(words.others[0]); !status.ok()) return status;
    options.stage = words.others[0];
  }
  const absl::StatusOr<std::string> yaml = conf::EffectiveYaml(options);
  if (!yaml.ok()) return yaml.status();
  session.out() << VisibleText(*yaml);
  return Exit::kOk;
}

absl::StatusOr<Exit> Defaults(Session& session, const Arguments& arguments) {
  if (absl::Status status = CheckStage(arguments.words[0]); !status.ok()) return status;
  const absl::StatusOr<std::string> text = conf::DefaultText(arguments.words[0]);
  if (!text.ok()) return text.status();
  session.out() << *text;
  return Exit::kOk;
}

}  // namespace

Command ConfigViewCommand() {
  return {
      .noun = "config",
      .verb = "view",
      .summary = "Show the effective configuration and where each value comes from",
      .words = "[SECTION] [KEY=VALUE...]",
      .max_words = -1,
      .flags =
          With(With({{"--origin", "", "ffctl's own settings and where each is from", false, {}}},
                    ConfigFlags()),
               ListFlags()),
      .examples = {"ffctl config view planner --preset cpu_fast", "ffctl config view --origin"},
      .details =
          "ffctl's own settings: a flag goes before FFCTL_COORDINATOR and its like, these before\n"
          ".ffctl.toml of the project, that before $XDG_CONFIG_HOME/ffctl/config.toml, that "
          "before\n"
          "/etc/flops-fit/ffctl.toml. In files: coordinator = \"10.0.0.5:7410\", output = "
          "\"wide\".",
      .run = View};
}

Command ConfigDefaultsCommand() {
  return {.noun = "config",
          .verb = "defaults",
          .summary = "Print a section's keys, explained, with their defaults",
          .words = "SECTION",
          .min_words = 1,
          .max_words = 1,
          .examples = {"ffctl config defaults trainer > my_trainer.yaml"},
          .run = Defaults};
}

}  // namespace ff::client
