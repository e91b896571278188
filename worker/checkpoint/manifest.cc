#include "worker/checkpoint/manifest.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "worker/checkpoint/durable.h"

namespace ff::checkpoint {
namespace {

using Json = nlohmann::json;
constexpr int kFormat = 1;

absl::Status VerifyFile(const std::string& path, const Json& entry) {
  // Numbers alone are compared and shown: a nest of lists would be printed by recursion.
  if (!entry.is_object() || !entry.contains("sha256") || !entry.contains("bytes") ||
      !entry["bytes"].is_number_integer()) {
    return absl::DataLossError("the manifest has no hash and length for " + path);
  }
  const absl::StatusOr<Digest> digest = DigestFile(path);
  if (!digest.ok()) return absl::DataLossError(digest.status().message());
  if (entry["bytes"] != digest->bytes) {
    return absl::DataLossError(absl::StrCat(path, " has ", digest->bytes,
                                            " bytes, its manifest says ", entry["bytes"].dump()));
  }
  if (entry["sha256"] != digest->sha256) {
    return absl::DataLossError(path + " is damaged: its SHA-256 is not that of the manifest");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> WriteManifest(const std::string& folder, int64_t step) {
  const absl::StatusOr<std::vector<std::string>> names = ListFolder(folder);
  if (!names.ok()) return names.status();
  if (names->empty()) return absl::FailedPreconditionError("no file to keep in " + folder);
  Json files = Json::object();
  for (const std::string& name : *names) {
    const std::string path = absl::StrCat(folder, "/", name);
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error) || name == kManifestName) {
      return absl::FailedPreconditionError(path + ": a checkpoint holds plain files alone");
    }
    const absl::StatusOr<Digest> digest = DigestFile(path);
    if (!digest.ok()) return digest.status();
    if (absl::Status flushed = Flush(path); !flushed.ok()) return flushed;
    files[name] = {{"sha256", digest->sha256}, {"bytes", digest->bytes}};
  }
  const Json manifest = {{"format", kFormat}, {"step", step}, {"files", files}};
  const std::string text = manifest.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  const absl::Status written = WriteFileDurably(absl::StrCat(folder, "/", kManifestName), text);
  if (!written.ok()) return written;
  return Sha256(text);
}

absl::StatusOr<std::string> VerifyManifest(const std::string& folder, int64_t step) {
  const std::string path = absl::StrCat(folder, "/", kManifestName);
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return absl::DataLossError(text.status().message());
  const Json manifest = Json::parse(*text, /*cb=*/nullptr, /*allow_exceptions=*/false);
  const bool good = manifest.is_object() && manifest.contains("format") &&
                    manifest["format"] == kFormat && manifest.contains("step") &&
                    manifest["step"] == step && manifest.contains("files") &&
                    manifest["files"].is_object() && !manifest["files"].empty();
  if (!good) {
    return absl::DataLossError(
        absl::StrCat(path, " is no manifest of format ", kFormat, " for step ", step));
  }
  for (const auto& [name, entry] : manifest["files"].items()) {
    if (name.find('/') != std::string::npos) return absl::DataLossError(path + " names a path");
    absl::Status file = VerifyFile(absl::StrCat(folder, "/", name), entry);
    if (!file.ok()) return file;
  }
  return Sha256(*text);
}

}  // namespace ff::checkpoint
