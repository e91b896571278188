#include "worker/agent/depot.h"

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "worker/checkpoint/durable.h"

namespace ff::agent {
namespace {

namespace fs = std::filesystem;

class OverGrpc final : public Depot {
 public:
  OverGrpc(const std::string& address, const wire::Dialing& dialing) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
    arguments.SetMaxReceiveMessageSize(64 << 20);
    store_ = v1::FileService::NewStub(wire::Dial(address, dialing, arguments));
  }
  absl::Status Put(const std::string& path, const transfer::FileDigest& digest,
                   const std::atomic<bool>& stop) override {
    return transfer::Send(*store_, path, digest, stop);
  }
  absl::Status Get(const std::string& sha256, const std::string& path,
                   const std::atomic<bool>& stop) override {
    return transfer::Fetch(*store_, sha256, path, stop);
  }

 private:
  std::unique_ptr<v1::FileService::Stub> store_;
};

absl::Status Copy(const std::string& from, const std::string& to, const std::string& sha256) {
  std::error_code error;
  fs::create_directories(fs::path(to).parent_path(), error);
  const std::string fresh = absl::StrCat(to, ".", getpid(), ".tmp");
  fs::copy_file(from, fresh, fs::copy_options::overwrite_existing, error);
  if (error) return checkpoint::IoError("copying", from, error.value());
  absl::Status flushed = checkpoint::Flush(fresh);
  const absl::StatusOr<checkpoint::Digest> digest = checkpoint::DigestFile(fresh);
  if (flushed.ok() && !digest.ok()) flushed = digest.status();
  if (flushed.ok() && digest->sha256 != sha256) {
    flushed = absl::DataLossError(absl::StrCat(from, " does not have the hash ", sha256));
  }
  if (flushed.ok() && std::rename(fresh.c_str(), to.c_str()) != 0) {
    flushed = checkpoint::IoError("renaming", fresh, errno);
  }
  if (!flushed.ok()) fs::remove(fresh, error);
  return flushed;
}

class InFolder final : public Depot {
 public:
  InFolder(std::string folder, std::unique_ptr<Depot> fallback)
      : folder_(std::move(folder)), fallback_(std::move(fallback)) {}

  absl::Status Put(const std::string& path, const transfer::FileDigest& digest,
                   const std::atomic<bool>&) override {
    const std::string place = Place(digest.sha256);
    std::error_code error;
    if (fs::exists(place, error)) return absl::OkStatus();
    return Copy(path, place, digest.sha256);
  }
  absl::Status Get(const std::string& sha256, const std::string& path,
                   const std::atomic<bool>& stop) override {
    const std::string place = Place(sha256);
    std::error_code error;
    if (fs::exists(place, error)) return Copy(place, path, sha256);
    if (fallback_ != nullptr) return fallback_->Get(sha256, path, stop);
    return absl::NotFoundError(absl::StrCat("there is no ", place));
  }

 private:
  std::string Place(const std::string& sha256) const {
    return absl::StrCat(folder_, "/", sha256.substr(0, 2), "/", sha256);
  }
  const std::string folder_;
  const std::unique_ptr<Depot> fallback_;
};

}  // namespace

std::unique_ptr<Depot> CoordinatorDepot(const std::string& address, const wire::Dialing& dialing) {
  return std::make_unique<OverGrpc>(address, dialing);
}

std::unique_ptr<Depot> FolderDepot(const std::string& folder, std::unique_ptr<Depot> fallback) {
  return std::make_unique<InFolder>(folder, std::move(fallback));
}

}  // namespace ff::agent
