#include "proto/transfer/file_transfer.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "proto/wire/status.h"

namespace ff::transfer {
namespace {

constexpr size_t kChunk = 1 << 20;

absl::Status IoError(const std::string& doing, const std::string& path) {
  const int error = errno;
  const std::string text = absl::StrCat(doing, " ", path, ": ", strerror(error));
  if (error == ENOENT) return absl::NotFoundError(text);
  if (error == ENOSPC || error == EDQUOT) return absl::ResourceExhaustedError(text);
  return absl::UnavailableError(text);
}

// A descriptor that closes itself.
struct Fd {
  explicit Fd(int fd) : number(fd) {}
  ~Fd() {
    if (number >= 0) close(number);
  }
  Fd(const Fd&) = delete;
  const int number;
};

absl::Status Cancelled() { return absl::CancelledError("the transfer was called off"); }

// The end of what is there; ENOENT is an empty file.
int64_t SizeOf(const std::string& path) {
  struct stat file = {};
  return stat(path.c_str(), &file) == 0 ? file.st_size : 0;
}

absl::Status SendFrom(v1::FileService::StubInterface& store, const std::string& path,
                      const FileDigest& digest, int64_t offset, const std::atomic<bool>& stop) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number < 0) return IoError("opening", path);
  grpc::ClientContext context;
  v1::FileStatus status;
  const auto writer = store.Upload(&context, &status);
  v1::UploadChunk chunk;
  chunk.set_sha256(digest.sha256), chunk.set_offset(offset), chunk.set_bytes(digest.bytes);
  do {
    std::string block(kChunk, '\0');
    const ssize_t got = pread(file.number, block.data(), block.size(), offset);
    if (got < 0 || stop) {
      context.TryCancel();
      (void)writer->Finish();  // its word is that we cancelled
      return stop ? Cancelled() : IoError("reading", path);
    }
    block.resize(static_cast<size_t>(got));
    offset += got;
    chunk.set_content(std::move(block));
    if (got == 0 && offset < digest.bytes) break;  // shorter than it was
    if (!writer->Write(chunk)) break;              // Finish says why
    chunk.clear_sha256(), chunk.clear_offset(), chunk.clear_bytes();
  } while (offset < digest.bytes);
  writer->WritesDone();
  return wire::FromGrpc(writer->Finish());
}

absl::Status FetchFrom(v1::FileService::StubInterface& store, const std::string& sha256,
                       const std::string& part, const std::atomic<bool>& stop) {
  const Fd file(open(part.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (file.number < 0) return IoError("opening", part);
  grpc::ClientContext context;
  v1::FileRequest request;
  request.set_sha256(sha256), request.set_offset(SizeOf(part));
  const auto reader = store.Download(&context, request);
  v1::DownloadChunk chunk;
  while (reader->Read(&chunk)) {
    const std::string& content = chunk.content();
    const bool written =
        write(file.number, content.data(), content.size()) == static_cast<ssize_t>(content.size());
    if (written && !stop) continue;
    const absl::Status status = stop ? Cancelled() : IoError("writing", part);
    context.TryCancel();
    (void)reader->Finish();  // its word is that we cancelled
    return status;
  }
  if (absl::Status status = wire::FromGrpc(reader->Finish()); !status.ok()) return status;
  return fsync(file.number) == 0 ? absl::OkStatus() : IoError("flushing", part);
}

}  // namespace

absl::StatusOr<FileDigest> DigestOf(const std::string& path) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number < 0) return IoError("opening", path);
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  FileDigest digest;
  std::array<char, 1 << 16> block;
  ssize_t got = 0;
  while ((got = read(file.number, block.data(), block.size())) > 0) {
    EVP_DigestUpdate(context.get(), block.data(), static_cast<size_t>(got));
    digest.bytes += got;
  }
  if (got < 0) return IoError("reading", path);
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash;
  unsigned int size = 0;
  EVP_DigestFinal_ex(context.get(), hash.data(), &size);
  digest.sha256 =
      absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(hash.data()), size));
  return digest;
}

absl::Status Send(v1::FileService::StubInterface& store, const std::string& path,
                  const FileDigest& digest, const std::atomic<bool>& stop) {
  grpc::ClientContext context;
  v1::FileRequest request;
  request.set_sha256(digest.sha256);
  v1::FileStatus there;
  if (absl::Status asked = wire::FromGrpc(store.GetFileStatus(&context, request, &there));
      !asked.ok()) {
    return asked;
  }
  if (there.complete()) return absl::OkStatus();
  const absl::Status sent = SendFrom(store, path, digest, there.bytes(), stop);
  // Somebody else was quicker.
  return absl::IsAlreadyExists(sent) ? absl::OkStatus() : sent;
}

absl::Status Fetch(v1::FileService::StubInterface& store, const std::string& sha256,
                   const std::string& path, const std::atomic<bool>& stop) {
  const std::string part = path + ".part";
  if (absl::Status fetched = FetchFrom(store, sha256, part, stop); !fetched.ok()) return fetched;
  const absl::StatusOr<FileDigest> digest = DigestOf(part);
  if (!digest.ok()) return digest.status();
  if (digest->sha256 != sha256) {
    unlink(part.c_str());
    return absl::DataLossError(absl::StrCat("what arrived as ", sha256, " has the hash ",
                                            digest->sha256, "; it was thrown away"));
  }
  return rename(part.c_str(), path.c_str()) == 0 ? absl::OkStatus() : IoError("renaming", part);
}

}  // namespace ff::transfer
