// What several commands share: the sweep argument, printing a result in the format asked
// for, writing a file and saying so.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/command.h"
#include "client/print/table.h"
#include "client/session.h"
#include "google/protobuf/message.h"

namespace ff::client {

inline constexpr char kLatest[] = "@latest";

// words[index], else @latest.
std::string SweepWord(const std::vector<std::string>& words, size_t index = 0);

// --output table or wide: nothing is printed and false returned: the caller prints its own view.
// json, jsonl, yaml: `message`; csv: `table`; name: `names`, one a line.
bool PrintForPrograms(Session& session, const google::protobuf::Message& message,
                      const Table& table, const std::vector<std::string>& names);

// One object: data where data are asked for, nothing else.
void PrintMessage(Session& session, const google::protobuf::Message& message);

// What stands between a confirmed change and an accident. A terminal is asked `what`; a script
// says --yes. INVALID_ARGUMENT: nobody is there to confirm it; CANCELLED: the answer was no.
absl::Status Confirm(Session& session, const Arguments& arguments, const std::string& what,
                     const std::string& next);

// The same for what cannot be undone: a terminal is to type `name`.
absl::Status ConfirmByName(Session& session, const Arguments& arguments, const std::string& what,
                           const std::string& name, const std::string& next);

// --if-version; 0: it was not given. INVALID_ARGUMENT: not a number above 0.
absl::StatusOr<int64_t> IfVersion(const Arguments& arguments);

// --dry-run: notes "dry run: WHAT; nothing was changed" and is true.
bool IsDryRun(Session& session, const Arguments& arguments, const std::string& what);

// Writes atomically, relative to the session's folder, and notes "wrote PATH".
absl::Status WriteAndSay(Session& session, const std::string& path, const std::string& content);

// NOT_FOUND and the like about sweeps get the step to take first.
absl::Status SweepError(absl::Status status);

// "1 worker", "2 workers".
std::string Plural(int64_t count, const std::string& noun);

// Host and port as an address for a browser: "http://127.0.0.1:7411/".
std::string DashboardUrl(const std::string& http_address);

}  // namespace ff::client
