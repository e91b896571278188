// Lists in every format, with the flags that all lists have (ListFlags in command.h).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "client/command.h"
#include "client/print/table.h"
#include "client/session.h"
#include "google/protobuf/message.h"

namespace ff::client {

// A list as a coordinator answered it: its rows for people, the message whose first repeated
// message field has an element for each of them, and a name for each.
struct Listing {
  const google::protobuf::Message* message = nullptr;
  Table table;
  std::vector<std::string> names;
  std::string empty;  // what people read on standard error when there are no rows
  // --filter and --sort-by were the coordinator's to do.
  bool chosen = false;
};

// INVALID_ARGUMENT: a condition or column that does not exist.
absl::Status PrintList(Session& session, const Arguments& arguments, const Listing& listing);

// Calls `print` once or, with --watch, again and again until ^C: a terminal is wiped first,
// elsewhere only what differs from before is printed.
absl::StatusOr<Exit> PrintWatched(Session& session, const Arguments& arguments,
                                  const std::function<absl::Status(Session&)>& print);

}  // namespace ff::client
