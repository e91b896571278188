#include "worker/agent/transfers.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "conf/load/logging.h"
#include "worker/checkpoint/checkpoint_dir.h"
#include "worker/checkpoint/durable.h"

namespace ff::agent {
namespace {

namespace fs = std::filesystem;

constexpr char kJournal[] = "measurements.jsonl";
// Some ten minutes of a depot that does not answer.
constexpr int kMostTries = 60;
constexpr std::chrono::milliseconds kFirstPause(200), kLongestPause(10'000);

// What is asked of the depot becomes part of a path there and here.
absl::Status CheckHash(const std::string& sha256) {
  const bool sound =
      sha256.size() == 64 && sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
  return sound ? absl::OkStatus()
               : absl::InvalidArgumentError(absl::StrCat("\"", sha256, "\" is no SHA-256"));
}

}  // namespace

Transfers::Transfers(std::unique_ptr<Depot> depot, std::string cache, double cache_bytes)
    : depot_(std::move(depot)),
      cache_(std::move(cache)),
      cache_bytes_(cache_bytes),
      event_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this] { Work(); }) {}

Transfers::~Transfers() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
  close(event_fd_);
}

void Transfers::Add(Job job) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_all();
}

void Transfers::FetchData(int64_t attempt_id, const std::string& sha256) {
  Job job;
  job.done.kind = Kind::kData, job.done.attempt_id = attempt_id;
  job.sha256 = sha256;
  Add(std::move(job));
}

void Transfers::FetchCheckpoint(int64_t attempt_id, const v1::StoredCheckpoint& stored,
                                const std::string& checkpoints, const std::string& journal) {
  Job job;
  job.done.kind = Kind::kCheckpoint, job.done.attempt_id = attempt_id;
  job.wanted = stored, job.folder = checkpoints, job.journal = journal;
  Add(std::move(job));
}

void Transfers::BringCheckpoint(int64_t attempt_id, int64_t step, const std::string& folder,
                                const std::string& journal) {
  Job job;
  job.done.kind = Kind::kBrought, job.done.attempt_id = attempt_id;
  job.step = step, job.folder = folder, job.journal = journal;
  Add(std::move(job));
}

std::vector<Transfers::Done> Transfers::Take() {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = read(event_fd_, &count, sizeof(count));
  std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(done_, {});
}

void Transfers::Work() {
  while (true) {
    Job job;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [this] { return stop_ || !jobs_.empty(); });
      if (stop_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    Run(job);
    std::lock_guard<std::mutex> lock(mutex_);
    done_.push_back(std::move(job.done));
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t told = write(event_fd_, &one, sizeof(one));
  }
}

void Transfers::Run(Job& job) {
  for (int tries = 1;; ++tries) {
    job.done.status = RunOnce(job);
    const absl::StatusCode code = job.done.status.code();
    const bool again = code == absl::StatusCode::kUnavailable ||
                       code == absl::StatusCode::kAborted || code == absl::StatusCode::kDataLoss ||
                       code == absl::StatusCode::kOutOfRange;
    if (!again || tries >= kMostTries) return;
    if (tries == 1) conf::LogWarning("transfer: ", std::string(job.done.status.message()));
    if (!Pause(tries)) return;
  }
}

bool Transfers::Pause(int failures) {
  const auto pause = std::min(kLongestPause, kFirstPause * (1 << std::min(failures, 10)));
  std::unique_lock<std::mutex> lock(mutex_);
  return !changed_.wait_for(lock, pause, [this] { return stop_.load(); });
}

absl::Status Transfers::RunOnce(Job& job) {
  if (depot_ == nullptr) return absl::FailedPreconditionError("transfer.through is off");
  switch (job.done.kind) {
    case Kind::kData:
      return GetData(job);
    case Kind::kCheckpoint:
      return GetCheckpoint(job);
    case Kind::kBrought:
      break;
  }
  return PutCheckpoint(job);
}

absl::Status Transfers::GetData(Job& job) {
  if (absl::Status checked = CheckHash(job.sha256); !checked.ok()) return checked;
  job.done.path = absl::StrCat(cache_, "/", job.sha256);
  std::error_code error;
  if (!fs::exists(job.done.path, error)) {
    if (absl::Status made = checkpoint::MakeFolder(cache_); !made.ok()) return made;
    if (absl::Status got = depot_->Get(job.sha256, job.done.path, stop_); !got.ok()) return got;
  }
  utimensat(AT_FDCWD, job.done.path.c_str(), nullptr, 0);  // used last: goes last
  TrimCache(job.sha256);
  return absl::OkStatus();
}

// A file that a trainer has open stays readable for it when its name goes.
void Transfers::TrimCache(const std::string& keep) {
  std::vector<std::pair<fs::file_time_type, fs::directory_entry>> files;
  double bytes = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(cache_, error)) {
    bytes += static_cast<double>(entry.file_size(error));
    if (entry.path().filename() != keep) files.emplace_back(entry.last_write_time(error), entry);
  }
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [used, entry] : files) {
    if (bytes <= cache_bytes_) return;
    bytes -= static_cast<double>(entry.file_size(error));
    fs::remove(entry.path(), error);
  }
}

absl::Status Transfers::GetCheckpoint(Job& job) {
  checkpoint::CheckpointDir checkpoints(job.folder);
  const absl::StatusOr<std::string> folder = checkpoints.Begin(job.wanted.step());
  if (!folder.ok()) return folder.status();
  absl::Status status;
  for (const v1::StoredFile& file : job.wanted.files()) {
    if (!status.ok()) break;
    const bool journal = file.name() == kJournal;
    // A name from the coordinator becomes a file's name here: no folders in it, nothing hidden.
    const bool plain = !file.name().empty() && file.name()[0] != '.' &&
                       fs::path(file.name()).filename() == file.name();
    if (!journal && !plain) {
      status = absl::InvalidArgumentError(absl::StrCat("\"", file.name(), "\" names no file"));
    } else if (status = CheckHash(file.sha256()); !status.ok()) {
      break;
    } else if (file.name() != "manifest.json") {
      status =
          depot_->Get(file.sha256(), journal ? job.journal : *folder + "/" + file.name(), stop_);
    }
  }
  if (status.ok()) status = checkpoints.Commit(job.wanted.step()).status();
  if (!status.ok()) checkpoints.Abandon(job.wanted.step()).IgnoreError();  // the first error tells
  return status;
}

absl::Status Transfers::PutFile(const std::string& path, const std::string& name, Job& job) {
  const absl::StatusOr<transfer::FileDigest> digest = transfer::DigestOf(path);
  if (!digest.ok()) return digest.status();
  if (absl::Status put = depot_->Put(path, *digest, stop_); !put.ok()) return put;
  v1::StoredFile& file = *job.done.stored.add_files();
  file.set_name(name), file.set_sha256(digest->sha256), file.set_bytes(digest->bytes);
  return absl::OkStatus();
}

absl::Status Transfers::PutCheckpoint(Job& job) {
  job.done.stored.Clear();
  job.done.stored.set_step(job.step);
  const auto names = checkpoint::ListFolder(job.folder);
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    absl::Status put = PutFile(job.folder + "/" + name, name, job);
    if (!put.ok()) return put;
  }
  // The journal grows while it is read: a copy holds still.
  const absl::StatusOr<std::string> text = checkpoint::ReadFile(job.journal);
  if (!text.ok()) return absl::IsNotFound(text.status()) ? absl::OkStatus() : text.status();
  const std::string copy = job.journal + ".brought";
  absl::Status put = checkpoint::WriteFileDurably(copy, *text);
  if (put.ok()) put = PutFile(copy, kJournal, job);
  unlink(copy.c_str());
  return put;
}

}  // namespace ff::agent
