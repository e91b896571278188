#include "server/api/file_service.h"

#include <atomic>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "proto/wire/status.h"

namespace ff::api {
namespace {

constexpr int64_t kChunk = 1 << 20;

absl::Status Gone() { return absl::CancelledError("the caller went away"); }

// Sends a file that belongs to this call alone.
absl::Status Send(const std::string& path, grpc::ServerWriter<v1::BackupChunk>* writer) {
  std::ifstream file(path, std::ios::binary);
  std::error_code error;
  int64_t left = static_cast<int64_t>(std::filesystem::file_size(path, error));
  v1::BackupChunk chunk;
  chunk.set_total_bytes(left);
  while (left > 0) {
    std::string block(static_cast<size_t>(std::min(left, kChunk)), '\0');
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    if (!file.good()) return absl::UnavailableError(absl::StrCat("reading ", path, " failed"));
    left -= static_cast<int64_t>(block.size());
    chunk.set_content(std::move(block));
    if (!writer->Write(chunk)) return Gone();
    chunk.clear_total_bytes();
  }
  return absl::OkStatus();
}

}  // namespace

grpc::Status FileService::GetFileStatus(grpc::ServerContext*, const v1::FileRequest* request,
                                        v1::FileStatus* response) {
  const absl::StatusOr<files::FileStatus> status = files_->GetStatus(request->sha256());
  if (!status.ok()) return wire::ToGrpc(status.status());
  response->set_complete(status->complete);
  response->set_bytes(status->bytes);
  return grpc::Status::OK;
}

grpc::Status FileService::Download(grpc::ServerContext*, const v1::FileRequest* request,
                                   grpc::ServerWriter<v1::DownloadChunk>* writer) {
  int64_t offset = request->offset();
  for (;;) {
    absl::StatusOr<std::string> content = files_->Read(request->sha256(), offset, kChunk);
    if (!content.ok()) return wire::ToGrpc(content.status());
    if (content->empty()) return grpc::Status::OK;
    offset += static_cast<int64_t>(content->size());
    v1::DownloadChunk chunk;
    chunk.set_content(*std::move(content));
    if (!writer->Write(chunk)) return wire::ToGrpc(Gone());
  }
}

grpc::Status FileService::Upload(grpc::ServerContext*, grpc::ServerReader<v1::UploadChunk>* reader,
                                 v1::FileStatus* response) {
  v1::UploadChunk chunk;
  if (!reader->Read(&chunk)) {
    return wire::ToGrpc(absl::InvalidArgumentError("an upload without its first chunk"));
  }
  const int64_t bytes = chunk.bytes();
  auto upload = files_->Begin(chunk.sha256(), chunk.offset(), bytes);
  if (!upload.ok()) return wire::ToGrpc(upload.status());
  int64_t arrived = chunk.offset();
  do {
    const absl::Status appended = (*upload)->Append(chunk.content());
    if (!appended.ok()) return wire::ToGrpc(appended);
    arrived += static_cast<int64_t>(chunk.content().size());
  } while (reader->Read(&chunk));
  if (arrived < bytes) return wire::ToGrpc(Gone());  // the next one goes on from here
  if (const absl::Status done = (*upload)->Finish(); !done.ok()) return wire::ToGrpc(done);
  response->set_complete(true);
  response->set_bytes(bytes);
  return grpc::Status::OK;
}

grpc::Status BackupService::Backup(grpc::ServerContext*, const v1::BackupRequest*,
                                   grpc::ServerWriter<v1::BackupChunk>* writer) {
  static std::atomic<int> count{0};
  const absl::StatusOr<std::string> folder = files_->PassingFolder();
  if (!folder.ok()) return wire::ToGrpc(folder.status());
  const std::string path = absl::StrCat(*folder, "/backup-", ++count, ".db");
  std::error_code ignored;  // what a crash left under this name
  std::filesystem::remove(path, ignored);
  absl::Status status = coordinator_->Backup(path);
  if (status.ok()) status = Send(path, writer);
  std::filesystem::remove(path, ignored);
  return wire::ToGrpc(status);
}

}  // namespace ff::api
