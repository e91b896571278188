// The only door to SentencePiece. Its header brings an absl::string_view of its own, so it must not
// meet Abseil's in one file: here are standard types alone, and errors as text.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ff::tokenizer {

// A learnt model. Immutable; thread-safe.
class PieceModel {
 public:
  // Null, and why in *error.
  static std::unique_ptr<PieceModel> Load(const std::string& path, std::string* error);
  ~PieceModel();

  int size() const;    // of the vocabulary
  int end_id() const;  // of the sign that ends a text; negative: it has none

  // Appends the tokens of `text`; an error's text, or "".
  std::string Encode(std::string_view text, std::vector<int>* tokens) const;
  std::string Decode(const std::vector<int>& tokens) const;

 private:
  struct Library;
  explicit PieceModel(std::unique_ptr<Library> library);
  std::unique_ptr<Library> library_;
};

// Learns a model; `options` are those of spm_train, `next` fills a sentence or says that there are
// no more. An error's text, or "" and the model's file content in *model.
std::string LearnPieces(const std::map<std::string, std::string>& options,
                        const std::function<bool(std::string*)>& next, std::string* model);

}  // namespace ff::tokenizer
