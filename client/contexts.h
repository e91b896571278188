// Named coordinators of this user, kept in $XDG_CONFIG_HOME/ffctl/contexts.json (0600 by
// umask): {"current": "lab", "contexts": {"lab": {"coordinator": "10.0.0.5:7410"}}}, beside the
// coordinator where needed "ca", "server_name" and "token_file": paths, never a token.
// A plain value with Load and Save; Save replaces the file in one step.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ff::client {

// Value of an environment variable; empty where it is not set.
using Environment = std::function<std::string(const std::string&)>;

// How a coordinator is spoken to, besides its address.
struct ContextAccess {
  std::string token_file;   // empty: no token is shown
  std::string ca;           // PEM file; "system": what the system trusts; empty: no TLS
  std::string server_name;  // expected in its certificate; empty: the address's host
  bool operator==(const ContextAccess&) const = default;
};

struct Contexts {
  std::string current;                              // empty: none, the private coordinator is used
  std::map<std::string, std::string> coordinators;  // by name
  std::map<std::string, ContextAccess> access;      // of those that need some

  // NOT_FOUND with the nearest name.
  absl::StatusOr<std::string> Address(const std::string& name) const;
};

// $XDG_CONFIG_HOME/ffctl/contexts.json, else ~/.config/ffctl/contexts.json.
std::string ContextsPath(const Environment& env);

// No file: no contexts. INVALID_ARGUMENT: the file is not what Save writes (names it).
absl::StatusOr<Contexts> LoadContexts(const std::string& path);
absl::Status SaveContexts(const std::string& path, const Contexts& contexts);

// INVALID_ARGUMENT unless HOST:PORT, [IPV6]:PORT or unix:PATH.
absl::Status CheckAddress(const std::string& address);

}  // namespace ff::client
