// ffctl token create | list | revoke, and ffctl whoami.
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/commands/all.h"
#include "client/commands/print_list.h"
#include "client/commands/support.h"
#include "client/files.h"
#include "client/print/numbers.h"
#include "client/print/words.h"

namespace ff::client {
namespace {

absl::StatusOr<Exit> Create(Session& session, const Arguments& arguments) {
  v1::CreateTokenRequest request;
  request.set_name(arguments.words[0]);
  request.set_role(arguments.Get("role", "viewer"));
  if (arguments.Get("expires") == "never") {
    request.set_lifetime_seconds(-1);
  } else if (arguments.Has("expires")) {
    const absl::StatusOr<absl::Duration> time = ParseTime(arguments.Get("expires"));
    if (!time.ok() || *time <= absl::ZeroDuration()) {
      return absl::InvalidArgumentError("--expires is a time such as 30d, or never");
    }
    request.set_lifetime_seconds(absl::ToDoubleSeconds(*time));
  }
  const std::string path = AbsolutePath(arguments.Get("to"), session.cwd());
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  const auto made = (*client)->CreateToken(request);
  if (!made.ok()) return made.status();
  if (!path.empty()) {
    if (absl::Status status = WriteSecretFile(path, made->token() + "\n"); !status.ok()) {
      return status;
    }
    session.Note(absl::StrCat("wrote ", path, " (mode 0600)"));
    PrintMessage(session, made->credential());
  } else if (session.wants_data()) {
    PrintMessage(session, *made);
  } else {
    session.out() << made->token() << "\n";
  }
  const v1::Credential& credential = made->credential();
  session.Note(absl::StrCat("token ", credential.id(), " of ", credential.name(), ", ",
                            credential.role(), ", until ",
                            credential.has_expires_at() ? LocalTime(credential.expires_at())
                                                        : std::string("it is revoked"),
                            "; it is not shown again"));
  return Exit::kOk;
}

std::string StateOf(const v1::Credential& one) {
  if (one.has_revoked_at()) return "revoked";
  const absl::Time expires = absl::FromUnixSeconds(one.expires_at().seconds());
  return one.has_expires_at() && expires <= absl::Now() ? "expired" : "in force";
}

absl::StatusOr<Exit> List(Session& session, const Arguments& arguments) {
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  v1::ListTokensRequest request;
  request.set_all(arguments.Has("all"));
  return PrintWatched(session, arguments, [&](Session& s) -> absl::Status {
    const auto response = (*client)->ListTokens(request);
    if (!response.ok()) return response.status();
    Table table(
        {{"ID"}, {"NAME"}, {"ROLE"}, {"STATE"}, {"CREATED"}, {"BY"}, {"EXPIRES"}, {"LAST USED"}});
    std::vector<std::string> names;
    for (const v1::Credential& one : response->credentials()) {
      table.Add({one.id(), one.name(), one.role(), StateOf(one), LocalTime(one.created_at()),
                 one.created_by(), one.has_expires_at() ? LocalTime(one.expires_at()) : "never",
                 one.has_last_used() ? LocalTime(one.last_used()) : "-"});
      names.push_back(one.id());
    }
    return PrintList(s, arguments, {&*response, table, names, "no tokens"});
  });
}

absl::StatusOr<Exit> Revoke(Session& session, const Arguments& arguments) {
  if (IsDryRun(session, arguments, "revoke token " + arguments.words[0])) return Exit::kOk;
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  v1::RevokeTokenRequest request;
  request.set_token(arguments.words[0]);
  const absl::StatusOr<v1::Credential> revoked = (*client)->RevokeToken(request);
  if (!revoked.ok()) return revoked.status();
  PrintMessage(session, *revoked);
  session.Note(absl::StrCat("token ", revoked->id(), " of ", revoked->name(),
                            " opens nothing any more; its sessions have ended"));
  return Exit::kOk;
}

absl::StatusOr<Exit> WhoAmI(Session& session, const Arguments&) {
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  const absl::StatusOr<v1::Identity> identity = (*client)->WhoAmI();
  if (!identity.ok()) return identity.status();
  PrintMessage(session, *identity);
  session.Note(identity->authenticated()
                   ? absl::StrCat(identity->name(), ", ", identity->role())
                   : "the local user: this coordinator asks for no credentials");
  return Exit::kOk;
}

}  // namespace

Command TokenCreateCommand() {
  return {
      .noun = "token",
      .verb = "create",
      .summary = "Make a token for a person, a program or a worker",
      .words = "NAME",
      .min_words = 1,
      .max_words = 1,
      .flags = {{"--role",
                 "ROLE",
                 "viewer (default), operator, worker or admin",
                 false,
                 {"viewer", "operator", "worker", "admin"}},
                {"--expires", "TIME", "such as 30d, or never; default 90d", false, {}},
                {"--to", "FILE", "write it there (mode 0600) instead of printing it", false, {}}},
      .examples = {"ffctl token create ann --role operator --to ann.token"},
      .details = "The coordinator keeps a hash of the token alone: it can't be shown again.",
      .run = Create};
}

Command TokenListCommand() {
  return {.noun = "token",
          .verb = "list",
          .summary = "List tokens: whose, which role, until when, last used",
          .flags = With({{"--all", "", "expired and revoked ones too", false, {}}}, ListFlags()),
          .run = List};
}

Command TokenRevokeCommand() {
  return {.noun = "token",
          .verb = "revoke",
          .summary = "End a token at once",
          .words = "ID|NAME",
          .min_words = 1,
          .max_words = 1,
          .flags = {{"--dry-run", "", "say what would be done, and do nothing", false, {}}},
          .examples = {"ffctl token revoke ann"},
          .run = Revoke};
}

Command WhoAmICommand() {
  return {.noun = "whoami",
          .summary = "Who the coordinator takes you for, and your role",
          .run = WhoAmI};
}

}  // namespace ff::client
