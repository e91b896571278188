// What stands before every route: who asks (a token in "Authorization: Bearer ...", or a browser's
// session cookie), whether he may (server/access/rules.cc), the fence against forged requests, and
// the audit log of changes. Also the routes of the session itself. Thread-safe.
#pragma once

#include <string>

#include "server/coordinator/access_control.h"
#include "server/gateway/router.h"

namespace ff::gateway {

class Door {
 public:
  // `access` outlives the door. `tls`: cookies are for encrypted connections alone.
  Door(coordinator::AccessControl* access, bool tls) : access_(access), tls_(tls) {}

  // Runs the route for who may have it; 401, 403 or 429 for others.
  Response Admit(const DocumentedRoute& route, const Request& request, const PathParams& params,
                 const Handler& handler) const;

  // /api/v1/session: log in, log out, who is logged in.
  void AddRoutes(Router* router) const;

 private:
  std::string Cookie(const Request& request) const;
  std::string SetCookie(const std::string& value, absl::Duration age) const;
  Response LogIn(const Request& request) const;
  Response LogOut(const Request& request) const;
  Response WhoIsIt(const Request& request) const;

  coordinator::AccessControl* const access_;
  const bool tls_;
};

// The name of the rule: the RPC that the route stands for, else "GET /healthz".
std::string ActionOf(const DocumentedRoute& route);

}  // namespace ff::gateway
