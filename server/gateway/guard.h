// Who may ask. The coordinator has no passwords yet and listens on loopback, so the danger
// is a web page that the user has open elsewhere: it can send requests to loopback in the
// user's name (CSRF) or have its own name resolve to loopback (DNS rebinding). Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/gateway/message.h"

namespace ff::gateway {

// Checks what can be known before the body is read; the refusal, or nothing if all is well.
//   405: a method other than GET, HEAD, POST.
//   403: Host is neither a loopback name, nor an address in digits (which nobody can make
//        another name resolve to), nor one of `own_names`.
//   411: a POST without Content-Length (a chunked body has no limit in the HTTP library).
//   413: a body above `max_body` bytes. 415: an encoded body.
std::optional<Response> CheckHead(const Request& request, const std::vector<std::string>& own_names,
                                  size_t max_body);

// Checks a POST: 415 unless application/json, which a foreign page can't send without asking
// first; 403 where the browser names another origin than the Host it talks to.
std::optional<Response> CheckPost(const Request& request);

// The headers that every response carries: what a page from here may load and do.
const std::vector<std::pair<std::string, std::string>>& SecurityHeaders();

}  // namespace ff::gateway
