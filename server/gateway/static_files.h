// The dashboard's files from one folder. The page itself is asked for each time and names
// everything else under /v/VERSION/, where VERSION says which files of which size and time are in
// the folder: browsers keep what lies there for a year and ask for nothing until one of them
// changes. Thread-safe; files are read anew for each request, so a developer's change shows on
// reload.
#pragma once

#include <string>

#include "server/gateway/message.h"

namespace ff::gateway {

class StaticFiles {
 public:
  // `root`: folder with index.html. Empty or absent: every request is answered with 404
  // and what to do.
  explicit StaticFiles(std::string root);

  // GET or HEAD of a path. A path with a segment that is empty, hidden (".x") or steps out
  // ("..") is not found, whatever its encoding. A sibling "x.js.gz" is sent in place of
  // "x.js" to who accepts gzip. In index.html @VERSION@ becomes the version. ETag with 304; under
  // /v/ and the present version kept for a year, else asked for again each time.
  Response Serve(const Request& request) const;

  // 16 hexadecimal digits.
  std::string Version() const;

 private:
  const std::string root_;
};

// By the file's extension; "application/octet-stream" for one not known.
std::string MimeType(const std::string& path);

}  // namespace ff::gateway
