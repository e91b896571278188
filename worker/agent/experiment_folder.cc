#include "worker/agent/experiment_folder.h"

#include <fcntl.h>
#include <google/protobuf/util/json_util.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "worker/checkpoint/durable.h"

namespace ff::agent {
namespace {

std::vector<std::string> Folders(const std::string& path) {
  absl::StatusOr<std::vector<std::string>> names = checkpoint::ListFolder(path);
  return names.ok() ? *std::move(names) : std::vector<std::string>{};
}

}  // namespace

absl::Status ExperimentFolder::Make() const { return checkpoint::MakeFolder(path_); }

absl::Status ExperimentFolder::Remove() const { return checkpoint::RemoveFolder(path_); }

absl::Status ExperimentFolder::AppendLog(absl::string_view text) const {
  const std::string path = path_ + "/log";
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return checkpoint::IoError("opening", path, errno);
  absl::Status status;
  struct stat file = {};
  if (fstat(fd, &file) == 0 && file.st_size < kMaxLogBytes) {
    if (write(fd, text.data(), text.size()) < 0) {
      status = checkpoint::IoError("writing", path, errno);
    }
  }
  close(fd);
  return status;
}

absl::Status ExperimentFolder::SaveFinished(const v1::AttemptReport& report) const {
  std::string json;
  const auto converted = google::protobuf::util::MessageToJsonString(report, &json);
  if (!converted.ok()) return absl::InternalError(std::string(converted.message()));
  const std::string path = path_ + "/finished.json", fresh = path + ".tmp";
  if (absl::Status made = Make(); !made.ok()) return made;
  if (absl::Status written = checkpoint::WriteFileDurably(fresh, json); !written.ok()) {
    return written;
  }
  if (std::rename(fresh.c_str(), path.c_str()) != 0) {
    return checkpoint::IoError("renaming", fresh, errno);
  }
  return checkpoint::Flush(path_);
}

absl::StatusOr<std::optional<v1::AttemptReport>> ExperimentFolder::LoadFinished() const {
  const std::string path = path_ + "/finished.json";
  const absl::StatusOr<std::string> json = checkpoint::ReadFile(path);
  if (absl::IsNotFound(json.status())) return std::optional<v1::AttemptReport>();
  if (!json.ok()) return json.status();
  v1::AttemptReport report;
  const auto converted = google::protobuf::util::JsonStringToMessage(*json, &report);
  if (converted.ok()) return std::optional<v1::AttemptReport>(std::move(report));
  return absl::DataLossError(
      absl::StrCat(path, " holds no final report: ", std::string(converted.message())));
}

bool IsFolderName(absl::string_view id) {
  if (id.empty() || id[0] == '.' || id.size() > 200) return false;
  for (const char letter : id) {
    if (!absl::ascii_isalnum(letter) && letter != '-' && letter != '_' && letter != '.') {
      return false;
    }
  }
  return true;
}

std::vector<FolderName> ListExperimentFolders(const std::string& experiments) {
  std::vector<FolderName> found;
  for (const std::string& sweep : Folders(experiments)) {
    for (const std::string& experiment : Folders(absl::StrCat(experiments, "/", sweep))) {
      found.push_back({sweep, experiment});
    }
  }
  return found;
}

}  // namespace ff::agent
