#include "ff/v1/access.pb.h"
#include "server/access/role.h"
#include "server/convert/access.h"
#include "server/gateway/query.h"
#include "server/gateway/read_body.h"
#include "server/gateway/reply.h"
#include "server/gateway/routes.h"

namespace ff::gateway {
namespace {

using coordinator::AccessControl;

const auto kToProto = [](const auto& answer) { return convert::ToProto(answer); };

Response CreateToken(AccessControl* access, const Request& request) {
  v1::CreateTokenRequest body;
  if (absl::Status read = ReadBody(request, &body); !read.ok()) return ErrorReply(read);
  const absl::StatusOr<Role> role = access::ParseRole(body.role());
  if (!role.ok()) return ErrorReply(role.status());
  return Reply(access->CreateToken(body.name(), *role, convert::Lifetime(body), request.caller),
               kToProto);
}

Response ListAudit(AccessControl* access, const Request& request) {
  const absl::StatusOr<int64_t> after = Count(request, "after_seq");
  if (!after.ok()) return ErrorReply(after.status());
  const absl::StatusOr<int> limit = SmallCount(request, "limit");
  if (!limit.ok()) return ErrorReply(limit.status());
  const bool oldest_first = !Word(request, "oldest_first").empty();
  return Reply(access->ListAudit({*after, *limit, oldest_first, Word(request, "who")}), kToProto);
}

}  // namespace

void AddAccessRoutes(const RouteContext& context, Router* router) {
  AccessControl* const access = context.access;
  router->Add(
      "POST", "/api/v1/tokens",
      {.rpc = "AccessService.CreateToken",
       .summary = "Make a token; it is shown this once",
       .body = v1::CreateTokenRequest::descriptor(),
       .answer = v1::CreateTokenResponse::descriptor()},
      [=](const Request& request, const PathParams&) { return CreateToken(access, request); });
  router->Add("GET", "/api/v1/tokens",
              {.rpc = "AccessService.ListTokens",
               .summary = "Tokens in force, without the tokens themselves",
               .query = {{"all", "boolean", "expired and revoked ones too"}},
               .answer = v1::ListTokensResponse::descriptor()},
              [=](const Request& request, const PathParams&) {
                return Reply(access->ListTokens(!Word(request, "all").empty()), kToProto);
              });
  router->Add("POST", "/api/v1/tokens/{token}:revoke",
              {.rpc = "AccessService.RevokeToken",
               .summary = "End a token: id, unique prefix of one, or name",
               .body = v1::RevokeTokenRequest::descriptor(),
               .answer = v1::Credential::descriptor()},
              [=](const Request&, const PathParams& params) {
                return Reply(access->RevokeToken(params.at("token")), kToProto);
              });
  router->Add(
      "GET", "/api/v1/audit",
      {.rpc = "AccessService.ListAudit",
       .summary = "Who changed what, newest first",
       .query = {{"after_seq", "integer", "entries after this one"},
                 {"limit", "integer", "at most so many; 0 or absent: 1000"},
                 {"oldest_first", "boolean", "in the order they were made"},
                 {"who", "string", "of one credential"}},
       .answer = v1::ListAuditResponse::descriptor()},
      [=](const Request& request, const PathParams&) { return ListAudit(access, request); });
}

}  // namespace ff::gateway
