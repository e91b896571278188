#include "client/contexts.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/errors.h"
#include "client/files.h"
#include "client/print/words.h"
#include "nlohmann/json.hpp"

namespace ff::client {

absl::StatusOr<std::string> Contexts::Address(const std::string& name) const {
  const auto it = coordinators.find(name);
  if (it != coordinators.end()) return it->second;
  std::vector<std::string> names;
  for (const auto& [known, address] : coordinators) names.push_back(known);
  const std::string near = NearestWord(name, names);
  return Fail(absl::StatusCode::kNotFound, absl::StrCat("no context is called '", name, "'"),
              near.empty() ? "" : absl::StrCat("did you mean '", near, "'?"),
              absl::StrCat("ffctl context list   (or: ffctl context add ", name, " HOST:PORT)"));
}

std::string ContextsPath(const Environment& env) {
  const std::string config = env("XDG_CONFIG_HOME");
  return absl::StrCat(config.empty() ? env("HOME") + "/.config" : config, "/ffctl/contexts.json");
}

absl::StatusOr<Contexts> LoadContexts(const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path);
  if (absl::IsNotFound(text.status())) return Contexts();
  if (!text.ok()) return text.status();
  const auto bad = [&](const std::string& why) {
    return Fail(absl::StatusCode::kInvalidArgument, absl::StrCat("cannot understand ", path), why,
                "mend or delete that file, then: ffctl context add NAME HOST:PORT");
  };
  const auto root = nlohmann::json::parse(*text, nullptr, false);
  if (!root.is_object()) return bad("it is not a JSON object");
  Contexts contexts;
  const auto current = root.find("current");
  if (current != root.end() && current->is_string()) contexts.current = *current;
  const auto entries = root.find("contexts");
  if (entries == root.end() || !entries->is_object()) return bad("it has no object 'contexts'");
  for (const auto& [name, entry] : entries->items()) {
    if (!entry.is_object() || !entry.contains("coordinator") || !entry["coordinator"].is_string()) {
      return bad(absl::StrCat("context '", name, "' has no text 'coordinator'"));
    }
    contexts.coordinators[name] = entry["coordinator"];
    const auto text = [&entry = entry](const char* key) {
      const auto found = entry.find(key);
      return found != entry.end() && found->is_string() ? found->get<std::string>() : "";
    };
    const ContextAccess access = {text("token_file"), text("ca"), text("server_name")};
    if (access != ContextAccess()) contexts.access[name] = access;
  }
  return contexts;
}

absl::Status SaveContexts(const std::string& path, const Contexts& contexts) {
  nlohmann::ordered_json root = {{"current", contexts.current},
                                 {"contexts", nlohmann::ordered_json::object()}};
  for (const auto& [name, address] : contexts.coordinators) {
    nlohmann::ordered_json& entry = root["contexts"][name];
    entry = {{"coordinator", address}};
    const auto found = contexts.access.find(name);
    if (found == contexts.access.end()) continue;
    const ContextAccess& access = found->second;
    for (const auto& [key, value] :
         {std::pair("token_file", access.token_file), std::pair("ca", access.ca),
          std::pair("server_name", access.server_name)}) {
      if (!value.empty()) entry[key] = value;
    }
  }
  return WriteFileAtomically(path, root.dump(2) + "\n");
}

absl::Status CheckAddress(const std::string& address) {
  if (absl::StartsWith(address, "unix:") && address.size() > 5) return absl::OkStatus();
  const size_t colon = address.rfind(':');
  int port = 0;
  if (colon != std::string::npos && colon > 0 &&
      absl::SimpleAtoi(address.substr(colon + 1), &port) && port > 0 && port < 65536) {
    return absl::OkStatus();
  }
  return Fail(absl::StatusCode::kInvalidArgument,
              absl::StrCat("'", address, "' is not a coordinator's address"),
              "it is HOST:PORT (port 7410 by default) or unix:PATH", "");
}

}  // namespace ff::client
