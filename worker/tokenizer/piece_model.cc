#include "worker/tokenizer/piece_model.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <unordered_map>
#include <utility>

namespace ff::tokenizer {
namespace {

class Sentences final : public sentencepiece::SentenceIterator {
 public:
  explicit Sentences(const std::function<bool(std::string*)>& next) : next_(next) { Next(); }
  bool done() const override { return done_; }
  void Next() override { done_ = done_ || !next_(&sentence_); }
  const std::string& value() const override { return sentence_; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  const std::function<bool(std::string*)>& next_;
  std::string sentence_;
  bool done_ = false;
};

}  // namespace

struct PieceModel::Library {
  sentencepiece::SentencePieceProcessor processor;
};

PieceModel::PieceModel(std::unique_ptr<Library> library) : library_(std::move(library)) {}
PieceModel::~PieceModel() = default;

std::unique_ptr<PieceModel> PieceModel::Load(const std::string& path, std::string* error) {
  auto library = std::make_unique<Library>();
  const auto loaded = library->processor.Load(path);
  if (loaded.ok()) return std::unique_ptr<PieceModel>(new PieceModel(std::move(library)));
  *error = loaded.ToString();
  return nullptr;
}

int PieceModel::size() const { return library_->processor.GetPieceSize(); }
int PieceModel::end_id() const { return library_->processor.eos_id(); }

std::string PieceModel::Encode(std::string_view text, std::vector<int>* tokens) const {
  std::vector<int> ids;
  const auto encoded = library_->processor.Encode(text, &ids);
  if (!encoded.ok()) return encoded.ToString();
  tokens->insert(tokens->end(), ids.begin(), ids.end());
  return "";
}

std::string PieceModel::Decode(const std::vector<int>& tokens) const {
  std::string text;
  const auto decoded = library_->processor.Decode(tokens, &text);
  return decoded.ok() ? text : decoded.ToString();
}

std::string LearnPieces(const std::map<std::string, std::string>& options,
                        const std::function<bool(std::string*)>& next, std::string* model) {
  const std::unordered_map<std::string, std::string> words(options.begin(), options.end());
  Sentences sentences(next);
  const auto trained = sentencepiece::SentencePieceTrainer::Train(words, &sentences, model);
  return trained.ok() ? "" : trained.ToString();
}

}  // namespace ff::tokenizer
