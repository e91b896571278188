// The dashboard's files from one folder. Thread-safe; files are read anew for each
// request, so a developer's change shows on reload.
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
  // "x.js" to who accepts gzip. ETag with 304; what lies under vendor/ is kept by browsers for
  // a day, the rest is asked for again each time.
  Response Serve(const Request& request) const;

 private:
  const std::string root_;
};

// By the file's extension; "application/octet-stream" for one not known.
std::string MimeType(const std::string& path);

}  // namespace ff::gateway
