// A file of text, mapped into memory as long as the object lives. Immutable; thread-safe.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace ff::tokenizer {

class MappedText {
 public:
  // NOT_FOUND, INVALID_ARGUMENT (a folder, an empty file), UNAVAILABLE; each names the path.
  static absl::StatusOr<std::unique_ptr<MappedText>> Open(const std::string& path);
  ~MappedText();
  MappedText(const MappedText&) = delete;

  absl::string_view text() const { return text_; }

 private:
  explicit MappedText(absl::string_view text) : text_(text) {}
  const absl::string_view text_;
};

}  // namespace ff::tokenizer
