#include "worker/trainer/safetensors.h"

#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace ff::trainer {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr uint64_t kMaxHeaderBytes = uint64_t{100} << 20;

int64_t Bytes(const std::vector<int64_t>& shape) {
  int64_t bytes = sizeof(float);
  for (int64_t extent : shape) bytes *= extent;
  return bytes;
}

absl::Status Damaged(const std::string& path, const std::string& what) {
  return absl::DataLossError(absl::StrCat(path, ": ", what));
}

absl::StatusOr<nlohmann::json> ReadHeader(std::ifstream& file, const std::string& path) {
  uint64_t length = 0;
  if (!file.read(reinterpret_cast<char*>(&length), sizeof(length)) || length > kMaxHeaderBytes) {
    return Damaged(path, "no safetensors header");
  }
  std::string text(length, '\0');
  if (!file.read(text.data(), static_cast<std::streamsize>(length))) {
    return Damaged(path, "the header is cut");
  }
  nlohmann::json header = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!header.is_object()) return Damaged(path, "the header is no JSON object");
  return header;
}

}  // namespace

absl::Status WriteSafetensors(const std::string& path, const std::vector<FloatTensor>& tensors,
                              const Metadata& metadata) {
  nlohmann::ordered_json header;
  header["__metadata__"] = metadata;
  int64_t offset = 0;
  for (const FloatTensor& tensor : tensors) {
    const int64_t end = offset + Bytes(tensor.shape);
    header[tensor.name] = {
        {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the values are aligned
  const uint64_t length = text.size();
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(&length), sizeof(length));
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  for (const FloatTensor& tensor : tensors) {
    file.write(reinterpret_cast<const char*>(tensor.data), Bytes(tensor.shape));
  }
  file.close();
  if (file) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("writing ", path, ": ", std::strerror(errno)));
}

absl::StatusOr<Metadata> ReadSafetensors(const std::string& path,
                                         const std::vector<FloatTensor>& tensors) {
  std::ifstream file(path, std::ios::binary);
  absl::StatusOr<nlohmann::json> header = ReadHeader(file, path);
  if (!header.ok()) return header.status();
  const std::streamoff values = file.tellg();
  try {
    for (const FloatTensor& tensor : tensors) {
      const auto found = header->find(tensor.name);
      if (found == header->end() || found->at("dtype") != "F32" ||
          found->at("shape") != nlohmann::json(tensor.shape)) {
        return absl::FailedPreconditionError(
            absl::StrCat(path, " has no float32 tensor ", tensor.name, " of this model's shape"));
      }
      file.seekg(values + found->at("data_offsets").at(0).get<std::streamoff>());
      if (!file.read(reinterpret_cast<char*>(tensor.data), Bytes(tensor.shape))) {
        return Damaged(path, absl::StrCat("the values of ", tensor.name, " are cut"));
      }
    }
    return header->value("__metadata__", Metadata{});
  } catch (const nlohmann::json::exception& error) {
    return Damaged(path, error.what());
  }
}

}  // namespace ff::trainer
