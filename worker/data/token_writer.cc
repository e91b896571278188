#include "worker/data/token_writer.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "worker/data/npy_header.h"

namespace ff::data {
namespace {

absl::Status IoError(const std::string& path, int error) {
  const std::string message = absl::StrCat("writing ", path, ": ", std::strerror(error));
  return error == ENOSPC || error == EDQUOT ? absl::ResourceExhaustedError(message)
                                            : absl::UnavailableError(message);
}

template <class T>
std::string Packed(const std::vector<int>& tokens) {
  std::vector<T> narrow(tokens.begin(), tokens.end());
  return std::string(reinterpret_cast<const char*>(narrow.data()), narrow.size() * sizeof(T));
}

}  // namespace

absl::StatusOr<std::unique_ptr<TokenWriter>> TokenWriter::Create(const std::string& path,
                                                                 const std::string& format,
                                                                 int64_t vocab_size) {
  if (absl::Status known = CheckFormatName(format); !known.ok()) return known;
  if (format == "bytes") {
    return absl::InvalidArgumentError("tokens are written as uint16, uint32, llmc or npy");
  }
  const bool wide = format == "uint32" || (format != "uint16" && vocab_size > 65536);
  if (!wide && vocab_size > 65536) {
    return absl::InvalidArgumentError(absl::StrCat(
        "uint16 holds tokens below 65536, the vocabulary has ", vocab_size, "; use uint32"));
  }
  const std::string unfinished = path + ".tmp";
  FILE* file = std::fopen(unfinished.c_str(), "wb");
  if (file == nullptr) return IoError(unfinished, errno);
  std::unique_ptr<TokenWriter> writer(
      new TokenWriter(path, format, wide ? TokenFormat::kUint32 : TokenFormat::kUint16, file));
  if (absl::Status begun = writer->Write(writer->Header()); !begun.ok()) return begun;
  return writer;
}

TokenWriter::~TokenWriter() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  unlink((path_ + ".tmp").c_str());
}

// As long whatever it counts: it is written twice.
std::string TokenWriter::Header() const {
  if (format_ == "npy") return MakeNpyHeader(width_, tokens_);
  if (format_ != "llmc") return "";
  return MakeLlmcHeader(width_, tokens_);
}

absl::Status TokenWriter::Write(const std::string& bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) == bytes.size()) return absl::OkStatus();
  return IoError(path_ + ".tmp", errno);
}

absl::Status TokenWriter::Append(const std::vector<int>& tokens) {
  tokens_ += static_cast<int64_t>(tokens.size());
  return Write(width_ == TokenFormat::kUint32 ? Packed<uint32_t>(tokens)
                                              : Packed<uint16_t>(tokens));
}

absl::Status TokenWriter::Finish() {
  const std::string unfinished = path_ + ".tmp";
  if (format_ == "llmc" && tokens_ > std::numeric_limits<int32_t>::max()) {
    return absl::InvalidArgumentError(absl::StrCat(
        tokens_, " tokens do not fit in the 32-bit count of an llmc header; use uint16 or npy"));
  }
  if (std::fseek(file_, 0, SEEK_SET) != 0) return IoError(unfinished, errno);
  if (absl::Status counted = Write(Header()); !counted.ok()) return counted;
  if (std::fflush(file_) != 0 || fsync(fileno(file_)) != 0) return IoError(unfinished, errno);
  if (std::fclose(std::exchange(file_, nullptr)) != 0) return IoError(unfinished, errno);
  if (std::rename(unfinished.c_str(), path_.c_str()) != 0) return IoError(path_, errno);
  return absl::OkStatus();
}

}  // namespace ff::data
