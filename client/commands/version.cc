// ffctl version.
#include "client/commands/all.h"
#include "client/session.h"
#include "nlohmann/json.hpp"

namespace ff::client {
namespace {

absl::StatusOr<Exit> Run(Session& session, const Arguments&) {
  if (session.wants_data()) {
    const nlohmann::ordered_json root = {{"apiVersion", "ff/v1"}, {"version", FF_VERSION}};
    session.PrintData(root.dump(2) + "\n");
  } else {
    session.out() << "ffctl " << FF_VERSION << "\n";
  }
  return Exit::kOk;
}

}  // namespace

Command VersionCommand() {
  return {.noun = "version", .summary = "Print ffctl's version", .run = Run};
}

}  // namespace ff::client
