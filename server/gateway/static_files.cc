#include "server/gateway/static_files.h"

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "server/gateway/reply.h"
#include "server/gateway/url.h"

namespace ff::gateway {
namespace {

constexpr char kPage[] = "index.html";

bool IsPlainName(const std::string& name) {
  return !name.empty() && name[0] != '.' &&
         name.find_first_of(std::string("/\\\0", 3)) == std::string::npos;
}

// "vendor/plotly.min.js" for "/vendor/plotly.min.js"; nothing for a path we don't serve.
std::optional<std::string> RelativePath(const std::string& url_path) {
  if (url_path == "/") return kPage;
  std::string path;
  for (absl::string_view segment : PathSegments(url_path)) {
    absl::StatusOr<std::string> name = PercentDecode(segment);
    if (!name.ok() || !IsPlainName(*name)) return std::nullopt;
    absl::StrAppend(&path, path.empty() ? "" : "/", *name);
  }
  return path;
}

struct File {
  std::string content, etag;
};

std::optional<File> Read(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  if (!(content << in.rdbuf()) && info.st_size > 0) return std::nullopt;
  // Inode too: two builds may write files of one size in one second.
  return File{content.str(), absl::StrFormat("\"%x-%x-%x.%x\"", info.st_ino, info.st_size,
                                             info.st_mtim.tv_sec, info.st_mtim.tv_nsec)};
}

// Of the page itself the version decides what is in it.
File WithVersion(File page, const std::string& version) {
  absl::StrReplaceAll({{"@VERSION@", version}}, &page.content);
  page.etag.insert(page.etag.size() - 1, absl::StrCat("-", version));
  return page;
}

// FNV-1a, 64 bits: the same in every process.
uint64_t Mixed(uint64_t hash, const std::string& text) {
  for (const unsigned char c : text) hash = (hash ^ c) * 0x100000001b3;
  return hash;
}

// "gzip" or "gzip;q=0.5" in the list, but not "gzip;q=0".
bool AcceptsGzip(const Request& request) {
  for (absl::string_view coding : absl::StrSplit(request.Header("accept-encoding"), ',')) {
    const std::vector<std::string> parts =
        absl::StrSplit(coding, absl::ByAnyChar("; "), absl::SkipEmpty());
    if (parts.empty() || !absl::EqualsIgnoreCase(parts[0], "gzip")) continue;
    return parts.size() < 2 || (parts[1] != "q=0" && !absl::StartsWith(parts[1], "q=0.0"));
  }
  return false;
}

Response NotFound(const std::string& message) { return ErrorReply(absl::NotFoundError(message)); }

}  // namespace

StaticFiles::StaticFiles(std::string root) : root_(std::move(root)) {}

Response StaticFiles::Serve(const Request& request) const {
  std::optional<std::string> path = RelativePath(request.path);
  if (!path.has_value()) return NotFound(absl::StrCat("no page at ", request.path));
  if (root_.empty()) {
    return NotFound(
        "the dashboard's files were not found; name their folder with web_root=DIR "
        "(the API at /api/v1 works without them)");
  }
  // v/VERSION/lib/api.js is lib/api.js, also where the version is another: a page that was loaded
  // before the files changed goes on with the new ones.
  const std::vector<std::string> parts = absl::StrSplit(*path, absl::MaxSplits('/', 2));
  const bool versioned = parts.size() == 3 && parts[0] == "v";
  if (versioned) path = parts[2];
  const bool fixed = versioned && parts[1] == Version();
  const std::string full = absl::StrCat(root_, "/", *path);
  std::optional<File> file;
  bool gzip = false;
  if (AcceptsGzip(request)) gzip = (file = Read(full + ".gz")).has_value();
  if (!gzip) file = Read(full);
  if (file.has_value() && !gzip && *path == kPage) file = WithVersion(*std::move(file), Version());
  if (!file.has_value()) return NotFound(absl::StrCat("no page at ", request.path));

  Response response;
  response.headers = {
      {"ETag", file->etag},
      {"Vary", "Accept-Encoding"},
      {"Cache-Control", fixed ? "public, max-age=31536000, immutable" : "no-cache"}};
  if (request.Header("if-none-match") == file->etag) {
    response.status = 304;
    return response;
  }
  if (gzip) response.headers.emplace_back("Content-Encoding", "gzip");
  response.content_type = MimeType(*path);
  response.body = std::move(file->content);
  return response;
}

std::string StaticFiles::Version() const {
  std::set<std::string> facts;  // in an order that is always the same
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root_, error)) {
    struct stat info;
    if (stat(entry.path().c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    facts.insert(absl::StrCat(entry.path().lexically_relative(root_).string(), " ", info.st_size,
                              " ", info.st_mtim.tv_sec, ".", info.st_mtim.tv_nsec));
  }
  uint64_t hash = 0xcbf29ce484222325;
  for (const std::string& fact : facts) hash = Mixed(hash, fact);
  return absl::StrCat(absl::Hex(hash, absl::kZeroPad16));
}

std::string MimeType(const std::string& path) {
  static constexpr std::pair<const char*, const char*> kTypes[] = {
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json; charset=utf-8"},
      {".map", "application/json; charset=utf-8"},
      {".txt", "text/plain; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".wasm", "application/wasm"}};
  for (const auto& [extension, type] : kTypes) {
    if (absl::EndsWithIgnoreCase(path, extension)) return type;
  }
  return "application/octet-stream";
}

}  // namespace ff::gateway
