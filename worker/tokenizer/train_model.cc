#include "worker/tokenizer/train_model.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "worker/tokenizer/mapped_text.h"
#include "worker/tokenizer/piece_model.h"
#include "worker/tokenizer/progress.h"
#include "worker/tokenizer/text_chunks.h"

namespace ff::tokenizer {
namespace {

// SentencePiece drops longer sentences.
constexpr size_t kSentenceBytes = 4000;

// Lines, long ones in pieces, empty ones left out.
std::vector<absl::string_view> CutSentences(absl::string_view text) {
  std::vector<absl::string_view> pieces;
  while (!text.empty()) {
    const size_t line = std::min(text.find('\n'), text.size() - 1) + 1;
    for (absl::string_view piece : CutText(text.substr(0, line), kSentenceBytes)) {
      if (piece != "\n") pieces.push_back(piece);
    }
    text.remove_prefix(line);
  }
  return pieces;
}

absl::Status Save(const std::string& path, const std::string& content) {
  const std::string unfinished = path + ".tmp";
  std::ofstream file(unfinished, std::ios::binary | std::ios::trunc);
  file << content;
  file.close();
  if (!file || std::rename(unfinished.c_str(), path.c_str()) != 0) {
    std::remove(unfinished.c_str());
    return absl::UnavailableError(absl::StrCat("the model cannot be written to ", path));
  }
  return absl::OkStatus();
}

std::map<std::string, std::string> Words(const TrainOptions& options) {
  return {{"model_type", options.kind},
          {"vocab_size", absl::StrCat(options.vocab_size)},
          {"num_threads", absl::StrCat(options.threads)},
          {"normalization_rule_name", "identity"},
          {"remove_extra_whitespaces", "false"},
          {"add_dummy_prefix", "false"},
          {"byte_fallback", "true"},
          {"max_sentence_length", absl::StrCat(kSentenceBytes + 1)},
          {"user_defined_symbols", "\n"},
          {"minloglevel", "2"}};
}

}  // namespace

absl::Status TrainModel(const TrainOptions& options) {
  const auto text = MappedText::Open(options.text);
  if (!text.ok()) return text.status();
  const std::vector<absl::string_view> pieces = CutSentences((*text)->text());
  const auto bytes = static_cast<int64_t>((*text)->text().size());
  const size_t stride = std::max<int64_t>(1, bytes / std::max<int64_t>(options.sample_bytes, 1));
  Progress progress("reading text", bytes);
  size_t at = 0;
  bool reading = true;
  const auto next = [&](std::string* sentence) {
    if (at >= pieces.size()) {
      if (std::exchange(reading, false)) progress.Becomes("learning pieces", 0);
      return false;
    }
    absl::string_view piece = pieces[at];
    absl::ConsumeSuffix(&piece, "\n");  // a piece by itself already
    sentence->assign(piece.data(), piece.size());
    for (const size_t end = std::min(at + stride, pieces.size()); at < end; ++at) {
      progress.Add(static_cast<int64_t>(pieces[at].size()));
    }
    return true;
  };
  std::string model;
  const std::string error = LearnPieces(Words(options), next, &model);
  if (!error.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("no model of ", options.vocab_size,
                                                   " pieces can be learnt from ", options.text,
                                                   ": ", error, "; try another --vocab-size"));
  }
  return Save(options.model, model);
}

}  // namespace ff::tokenizer
