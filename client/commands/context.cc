// ffctl context add | use | list | remove: names for coordinators elsewhere.
#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/print_list.h"
#include "client/commands/support.h"
#include "client/files.h"
#include "nlohmann/json.hpp"

namespace ff::client {
namespace {

// Loads, changes, saves.
template <typename Change>
absl::StatusOr<Exit> Edit(Session& session, Change change) {
  const std::string path = ContextsPath(session.env());
  absl::StatusOr<Contexts> contexts = LoadContexts(path);
  if (!contexts.ok()) return contexts.status();
  if (absl::Status status = change(*contexts); !status.ok()) return status;
  if (absl::Status status = SaveContexts(path, *contexts); !status.ok()) return status;
  session.Note("wrote " + path);
  return Exit::kOk;
}

absl::StatusOr<Exit> Add(Session& session, const Arguments& arguments) {
  const std::string& name = arguments.words[0];
  const std::string& address = arguments.words[1];
  if (name == "none")
    return absl::InvalidArgumentError("'none' stands for the private coordinator");
  if (absl::Status status = CheckAddress(address); !status.ok()) return status;
  return Edit(session, [&](Contexts& contexts) {
    contexts.coordinators[name] = address;
    const auto path = [&](const char* flag) {
      return arguments.Get(flag) == "system" ? "system"
                                             : AbsolutePath(arguments.Get(flag), session.cwd());
    };
    const ContextAccess access = {path("token-file"), path("ca"), arguments.Get("server-name")};
    contexts.access.erase(name);
    if (access != ContextAccess()) contexts.access[name] = access;
    if (arguments.Has("use")) contexts.current = name;
    return absl::OkStatus();
  });
}

absl::StatusOr<Exit> Use(Session& session, const Arguments& arguments) {
  return Edit(session, [&](Contexts& contexts) {
    contexts.current = arguments.words[0] == "none" ? "" : arguments.words[0];
    return contexts.current.empty() ? absl::OkStatus()
                                    : contexts.Address(contexts.current).status();
  });
}

absl::StatusOr<Exit> Remove(Session& session, const Arguments& arguments) {
  return Edit(session, [&](Contexts& contexts) {
    absl::Status status = contexts.Address(arguments.words[0]).status();
    if (status.ok()) contexts.coordinators.erase(arguments.words[0]);
    contexts.access.erase(arguments.words[0]);
    if (contexts.current == arguments.words[0]) contexts.current.clear();
    return status;
  });
}

absl::StatusOr<Exit> List(Session& session, const Arguments& arguments) {
  const absl::StatusOr<Contexts> contexts = LoadContexts(ContextsPath(session.env()));
  if (!contexts.ok()) return contexts.status();
  Table table({{"CURRENT"}, {"NAME"}, {"COORDINATOR"}});
  std::vector<std::string> names;
  nlohmann::ordered_json root = {{"apiVersion", "ff/v1"},
                                 {"current", contexts->current},
                                 {"contexts", nlohmann::ordered_json::array()}};
  for (const auto& [name, address] : contexts->coordinators) {
    table.Add({name == contexts->current ? "*" : "", name, address});
    names.push_back(name);
    root["contexts"].push_back({{"name", name}, {"coordinator", address}});
  }
  if (session.wants_data()) {
    session.PrintData(root.dump(2) + "\n");
    return Exit::kOk;
  }
  const absl::Status printed = PrintList(
      session, arguments,
      {nullptr, table, names,
       "no contexts: the private coordinator is used\n  next: ffctl context add NAME HOST:PORT "
       "--use"});
  if (!printed.ok()) return printed;
  return Exit::kOk;
}

}  // namespace

Command ContextAddCommand() {
  return {
      .noun = "context",
      .verb = "add",
      .summary = "Name a coordinator",
      .words = "NAME ADDRESS",
      .min_words = 2,
      .max_words = 2,
      .flags =
          {{"--use", "", "and use it from now on", false, {}},
           {"--server-name", "NAME", "expected in its certificate, if not the host", false, {}}},
      .examples = {"ffctl context add lab 10.0.0.5:7410 --use",
                   "ffctl context add lab lab.example:7410 --ca ca.pem --token-file lab.token"},
      .details = "--token-file and --ca are kept with the context, as paths.",
      .run = Add};
}

Command ContextUseCommand() {
  return {.noun = "context",
          .verb = "use",
          .summary = "Choose the coordinator of later commands; none: the private one",
          .words = "NAME",
          .min_words = 1,
          .max_words = 1,
          .run = Use};
}

Command ContextListCommand() {
  return {.noun = "context",
          .verb = "list",
          .summary = "List named coordinators",
          .flags = ListFlags(),
          .run = List};
}

Command ContextRemoveCommand() {
  return {.noun = "context",
          .verb = "remove",
          .summary = "Forget a named coordinator",
          .words = "NAME",
          .min_words = 1,
          .max_words = 1,
          .run = Remove};
}

}  // namespace ff::client
