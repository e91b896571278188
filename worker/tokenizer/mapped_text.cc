#include "worker/tokenizer/mapped_text.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace ff::tokenizer {

absl::StatusOr<std::unique_ptr<MappedText>> MappedText::Open(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const auto error = [&](const char* what) { return absl::StrCat("text ", path, ": ", what); };
  if (fd < 0) {
    return errno == ENOENT ? absl::NotFoundError(error("no such file"))
                           : absl::UnavailableError(error(std::strerror(errno)));
  }
  struct stat info = {};
  const bool known = fstat(fd, &info) == 0;
  void* data = MAP_FAILED;
  if (known && S_ISREG(info.st_mode) && info.st_size > 0) {
    data = mmap(nullptr, static_cast<size_t>(info.st_size), PROT_READ, MAP_SHARED, fd, 0);
  }
  const int why = errno;
  close(fd);
  if (!known || !S_ISREG(info.st_mode)) return absl::InvalidArgumentError(error("no plain file"));
  if (info.st_size == 0) return absl::InvalidArgumentError(error("is empty"));
  if (data == MAP_FAILED) return absl::UnavailableError(error(std::strerror(why)));
  return std::unique_ptr<MappedText>(new MappedText(
      absl::string_view(static_cast<const char*>(data), static_cast<size_t>(info.st_size))));
}

MappedText::~MappedText() { munmap(const_cast<char*>(text_.data()), text_.size()); }

}  // namespace ff::tokenizer
