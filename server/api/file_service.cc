#include "server/api/file_service.h"

#include <grpcpp/alarm.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "proto/wire/status.h"

namespace ff::api {
namespace {

constexpr int64_t kChunk = 1 << 20;

// A caller that falls silent for so long in the middle of an upload is let go: its thread is
// wanted.
constexpr std::chrono::seconds kSilence(60);

class SilenceWatch {
 public:
  explicit SilenceWatch(grpc::ServerContext* context) : call_(std::make_shared<Call>(context)) {
    Heard();
  }
  ~SilenceWatch() {
    const std::lock_guard<std::mutex> lock(call_->mutex);
    call_->context = nullptr;
  }
  void Heard() {
    alarm_ = std::make_unique<grpc::Alarm>();
    alarm_->Set(std::chrono::system_clock::now() + kSilence, [call = call_](bool rang) {
      const std::lock_guard<std::mutex> lock(call->mutex);
      if (rang && call->context != nullptr) call->context->TryCancel();
    });
  }

 private:
  // Outlives the call where the alarm rings as it ends.
  struct Call {
    explicit Call(grpc::ServerContext* of) : context(of) {}
    std::mutex mutex;
    grpc::ServerContext* context;
  };
  const std::shared_ptr<Call> call_;
  std::unique_ptr<grpc::Alarm> alarm_;
};

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

grpc::Status FileService::GetFileStatus(grpc::ServerContext* context,
                                        const v1::FileRequest* request, v1::FileStatus* response) {
  return door_->Admit(
      context, "FileService.GetFileStatus", *request, [&](const access::Caller&) -> grpc::Status {
        const absl::StatusOr<files::FileStatus> status = files_->GetStatus(request->sha256());
        if (!status.ok()) return wire::ToGrpc(status.status());
        response->set_complete(status->complete);
        response->set_bytes(status->bytes);
        return grpc::Status::OK;
      });
}

grpc::Status FileService::Download(grpc::ServerContext* context, const v1::FileRequest* request,
                                   grpc::ServerWriter<v1::DownloadChunk>* writer) {
  return door_->Admit(
      context, "FileService.Download", *request, [&](const access::Caller&) -> grpc::Status {
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
      });
}

grpc::Status FileService::Upload(grpc::ServerContext* context,
                                 grpc::ServerReader<v1::UploadChunk>* reader,
                                 v1::FileStatus* response) {
  return door_->Admit(
      context, "FileService.Upload", v1::UploadChunk(), [&](const access::Caller&) -> grpc::Status {
        SilenceWatch watch(context);
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
          watch.Heard();
        } while (reader->Read(&chunk));
        if (arrived < bytes) return wire::ToGrpc(Gone());  // the next one goes on from here
        if (const absl::Status done = (*upload)->Finish(); !done.ok()) return wire::ToGrpc(done);
        response->set_complete(true);
        response->set_bytes(bytes);
        return grpc::Status::OK;
      });
}

grpc::Status BackupService::Backup(grpc::ServerContext* context, const v1::BackupRequest* request,
                                   grpc::ServerWriter<v1::BackupChunk>* writer) {
  return door_->Admit(context, "BackupService.Backup", *request,
                      [&](const access::Caller&) -> grpc::Status {
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
                      });
}

}  // namespace ff::api
