// ff.v1.FileService over the file store, and ff.v1.BackupService over the coordinator.
// Thread-safe.
#pragma once

#include "ff/v1/files.grpc.pb.h"
#include "server/api/door.h"
#include "server/coordinator/coordinator.h"
#include "server/files/file_store.h"

namespace ff::api {

class FileService final : public v1::FileService::Service {
 public:
  // `door` and `files` outlive the service.
  FileService(const Door* door, files::FileStore* files) : door_(door), files_(files) {}

  grpc::Status GetFileStatus(grpc::ServerContext* context, const v1::FileRequest* request,
                             v1::FileStatus* response) override;
  grpc::Status Download(grpc::ServerContext* context, const v1::FileRequest* request,
                        grpc::ServerWriter<v1::DownloadChunk>* writer) override;
  grpc::Status Upload(grpc::ServerContext* context, grpc::ServerReader<v1::UploadChunk>* reader,
                      v1::FileStatus* response) override;

 private:
  const Door* const door_;
  files::FileStore* const files_;
};

class BackupService final : public v1::BackupService::Service {
 public:
  // All outlive the service. A backup passes through the folder of `files`.
  BackupService(const Door* door, coordinator::Coordinator* coordinator, files::FileStore* files)
      : door_(door), coordinator_(coordinator), files_(files) {}

  grpc::Status Backup(grpc::ServerContext* context, const v1::BackupRequest*,
                      grpc::ServerWriter<v1::BackupChunk>* writer) override;

 private:
  const Door* const door_;
  coordinator::Coordinator* const coordinator_;
  files::FileStore* const files_;
};

}  // namespace ff::api
