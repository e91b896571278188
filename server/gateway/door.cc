#include "server/gateway/door.h"

#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "conf/load/logging.h"
#include "ff/v1/access.pb.h"
#include "server/access/role.h"
#include "server/access/token.h"
#include "server/gateway/reply.h"

namespace ff::gateway {
namespace {

constexpr char kCsrfHeader[] = "x-ff-csrf";

Response Refusal(const absl::Status& status) {
  Response response = ErrorReply(status);
  if (const auto seconds = status.GetPayload(coordinator::kRetryAfter); seconds.has_value()) {
    response.headers.emplace_back("Retry-After", std::string(*seconds));
  }
  if (absl::IsUnauthenticated(status)) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

access::Presented PresentedBy(const Request& request) {
  access::Presented presented;
  absl::string_view token = request.Header("authorization");
  if (absl::ConsumePrefix(&token, "Bearer ")) presented.token = std::string(token);
  presented.door = "http";
  presented.peer = request.peer;
  presented.trace_id = access::TraceIdOf(request.Header("traceparent"));
  return presented;
}

// What of the address says what a change is about, else the body's name.
std::string SubjectOf(const Request& request, const PathParams& params) {
  std::string subject;
  for (const auto& [name, value] : params) {
    absl::StrAppend(&subject, subject.empty() ? "" : " ", value);
  }
  if (!subject.empty()) return subject;
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  if (!body.is_object()) return "";
  for (const char* key : {"name", "token"}) {
    if (body.contains(key) && body[key].is_string()) return body[key];
  }
  return "";
}

absl::Status OutcomeOf(const Response& response) {
  if (response.status < 400) return absl::OkStatus();
  const auto body = nlohmann::json::parse(response.body, nullptr, false);
  const auto error = body.is_object() ? body.find("error") : body.end();
  const bool told = body.is_object() && error != body.end() && error->contains("message");
  return absl::UnknownError(absl::StrCat("HTTP ", response.status, told ? ": " : "",
                                         told ? (*error)["message"].get<std::string>() : ""));
}

// Compares without telling by its time how much of it is right.
bool Equal(absl::string_view a, absl::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

Response Json(const nlohmann::ordered_json& value) {
  return {200,
          "application/json; charset=utf-8",
          value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n",
          {{"Cache-Control", "no-store"}}};
}

nlohmann::ordered_json Describe(const access::Caller& caller, bool required,
                                const std::string& csrf) {
  return {{"required", required},
          {"authenticated", caller.role != Role::kLocal},
          {"name", caller.name},
          {"role", access::RoleName(caller.role)},
          {"csrf", csrf}};
}

}  // namespace

std::string ActionOf(const DocumentedRoute& route) {
  return route.doc.rpc.empty() ? absl::StrCat(route.method, " ", route.pattern) : route.doc.rpc;
}

// "__Host-": browsers take such a cookie over TLS alone, for this host alone.
std::string Door::Cookie(const Request& request) const {
  const std::string prefix = tls_ ? "__Host-ff_session=" : "ff_session=";
  for (absl::string_view pair : absl::StrSplit(request.Header("cookie"), ';')) {
    pair = absl::StripAsciiWhitespace(pair);
    if (absl::ConsumePrefix(&pair, prefix)) return std::string(pair);
  }
  return "";
}

std::string Door::SetCookie(const std::string& value, absl::Duration age) const {
  return absl::StrCat(tls_ ? "__Host-" : "", "ff_session=", value,
                      "; Path=/; HttpOnly; SameSite=Strict; Max-Age=", absl::ToInt64Seconds(age),
                      tls_ ? "; Secure" : "");
}

Response Door::Admit(const DocumentedRoute& route, const Request& request, const PathParams& params,
                     const Handler& handler) const {
  const std::string action = ActionOf(route);
  const access::Rule* const rule = access::FindRule(action);
  access::Presented presented = PresentedBy(request);
  if (access_->required() && presented.token.empty()) {
    if (const auto session = access_->FindSession(Cookie(request)); session.has_value()) {
      presented.credential_id = session->credential_id;
      const bool fenced = request.method != "POST" || (rule != nullptr && rule->open) ||
                          Equal(request.Header(kCsrfHeader), session->csrf);
      if (!fenced) {
        return Refusal(absl::PermissionDeniedError(
            "this change did not come from the dashboard's own page (X-FF-CSRF is missing or "
            "wrong); load the page again"));
      }
    }
  }
  absl::StatusOr<access::Caller> caller = access_->Admit(presented, rule);
  if (!caller.ok()) {
    if (!absl::IsResourceExhausted(caller.status())) {
      conf::LogInfo(action, " from ", request.peer, " refused: ", caller.status().message());
    }
    return Refusal(caller.status());
  }
  Request admitted = request;
  admitted.caller = *std::move(caller);
  if (!rule->change) return handler(admitted, params);
  const absl::StatusOr<int64_t> change =
      access_->BeginChange(admitted.caller, action, SubjectOf(request, params));
  if (!change.ok()) return Refusal(change.status());
  Response response = handler(admitted, params);
  const absl::Status outcome = OutcomeOf(response);
  access_->EndChange(*change, outcome);
  const conf::LogTrace trace(admitted.caller.trace_id);
  conf::LogInfo(action, " by ", admitted.caller.name, " from ", request.peer, ": ",
                outcome.ok() ? "OK" : std::string(outcome.message()));
  return response;
}

Response Door::LogIn(const Request& request) const {
  if (!access_->required()) {
    return ErrorReply(absl::FailedPreconditionError("this coordinator asks for no token"));
  }
  access::Presented presented = PresentedBy(request);
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  if (body.is_object() && body.contains("token") && body["token"].is_string()) {
    presented.token = std::string(absl::StripAsciiWhitespace(body["token"].get<std::string>()));
  }
  const auto login = access_->LogIn(presented);
  if (!login.ok()) {
    conf::LogInfo("login from ", request.peer, " refused: ", login.status().message());
    return Refusal(login.status());
  }
  conf::LogInfo("login of ", login->caller.name, " from ", request.peer);
  Response response = Json(Describe(login->caller, true, login->session.csrf));
  response.headers.emplace_back("Set-Cookie", SetCookie(login->cookie, access_->session_length()));
  return response;
}

Response Door::LogOut(const Request& request) const {
  access_->LogOut(Cookie(request));
  Response response = Json({{"required", access_->required()}, {"authenticated", false}});
  response.headers.emplace_back("Set-Cookie", SetCookie("", absl::ZeroDuration()));
  return response;
}

Response Door::WhoIsIt(const Request& request) const {
  const access::Rule* const rule = access::FindRule("AccessService.WhoAmI");
  access::Presented presented = PresentedBy(request);
  std::string csrf;
  if (const auto session = access_->FindSession(Cookie(request)); session.has_value()) {
    presented.credential_id = session->credential_id;
    csrf = session->csrf;
  }
  // Asking who one is, without being anybody, is no failure.
  if (access_->required() && presented.credential_id.empty() && presented.token.empty()) {
    return Json({{"required", true}, {"authenticated", false}});
  }
  const absl::StatusOr<access::Caller> caller = access_->Admit(presented, rule);
  if (absl::IsUnauthenticated(caller.status())) {
    return Json({{"required", true}, {"authenticated", false}});
  }
  if (!caller.ok()) return Refusal(caller.status());
  return Json(Describe(*caller, access_->required(), csrf));
}

void Door::AddRoutes(Router* router) const {
  router->Add("POST", "/api/v1/session",
              {.rpc = "",
               .summary = "Log a browser in: {\"token\": ...}; the answer sets a cookie",
               .media_type = "application/json"},
              [this](const Request& request, const PathParams&) { return LogIn(request); });
  router->Add("POST", "/api/v1/session:end",
              {.rpc = "", .summary = "Log the browser out", .media_type = "application/json"},
              [this](const Request& request, const PathParams&) { return LogOut(request); });
  router->Add("GET", "/api/v1/session",
              {.rpc = "",
               .summary = "Whether credentials are asked for, and who is logged in",
               .media_type = "application/json"},
              [this](const Request& request, const PathParams&) { return WhoIsIt(request); });
}

}  // namespace ff::gateway
