// A request and a response as the routes see them, free of the HTTP library, so that
// routes are plain functions and tests need no sockets. Plain values.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "server/access/caller.h"

namespace ff::gateway {

struct Request {
  std::string method;                             // "GET", "POST", ...
  std::string path;                               // as sent, still percent-encoded, without query
  std::multimap<std::string, std::string> query;  // decoded
  std::map<std::string, std::string> headers;     // names in lower case; the first of each name
  std::string body;
  std::string peer{};       // the address that sent it
  access::Caller caller{};  // who that is, once the door has found out

  // The header's value; empty where it was not sent. `name` in lower case.
  const std::string& Header(const std::string& name) const;
};

struct Response {
  int status = 200;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

}  // namespace ff::gateway
