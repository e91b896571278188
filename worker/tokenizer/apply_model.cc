#include "worker/tokenizer/apply_model.h"

#include <algorithm>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "worker/data/token_writer.h"
#include "worker/tokenizer/mapped_text.h"
#include "worker/tokenizer/piece_model.h"
#include "worker/tokenizer/progress.h"
#include "worker/tokenizer/text_chunks.h"

namespace ff::tokenizer {
namespace {

constexpr size_t kChunkBytes = 1 << 20;
// The search for the best pieces keeps candidates for a whole sentence: short ones cost less.
constexpr size_t kSentenceBytes = 1 << 14;

struct Encoded {
  std::vector<int> tokens;
  std::string error;
};

Encoded EncodeChunk(const PieceModel& model, absl::string_view chunk, bool lines) {
  Encoded out;
  while (!chunk.empty() && out.error.empty()) {
    const size_t line = lines ? std::min(chunk.find('\n'), chunk.size() - 1) + 1 : chunk.size();
    absl::string_view text = chunk.substr(0, line);
    chunk.remove_prefix(line);
    const bool ends = absl::ConsumeSuffix(&text, lines ? "\n" : "");
    for (const absl::string_view piece : CutText(text, kSentenceBytes)) {
      if (out.error.empty()) {
        out.error = model.Encode({piece.data(), piece.size()}, &out.tokens);
      }
    }
    if (lines && (ends || chunk.empty())) out.tokens.push_back(model.end_id());
  }
  return out;
}

// As many chunks at a time as there are threads, written in their order.
absl::Status EncodeAll(const PieceModel& model, absl::string_view text, const ApplyOptions& options,
                       data::TokenWriter& writer) {
  Progress progress("tokenizing", static_cast<int64_t>(text.size()));
  const std::vector<absl::string_view> chunks = CutText(text, kChunkBytes);
  const auto at_once = static_cast<size_t>(std::max<int64_t>(options.threads, 1));
  for (size_t first = 0; first < chunks.size(); first += at_once) {
    const size_t count = std::min(at_once, chunks.size() - first);
    std::vector<Encoded> encoded(count);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < count; ++i) {
      threads.emplace_back([&, i] {
        encoded[i] = EncodeChunk(model, chunks[first + i], options.lines);
        progress.Add(static_cast<int64_t>(chunks[first + i].size()));
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const Encoded& one : encoded) {
      if (!one.error.empty()) return absl::InternalError(one.error);
      if (absl::Status written = writer.Append(one.tokens); !written.ok()) return written;
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Applied> ApplyModel(const ApplyOptions& options) {
  std::string error;
  const std::unique_ptr<PieceModel> model = PieceModel::Load(options.model, &error);
  if (model == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.model, " is no SentencePiece model: ", error));
  }
  if (options.lines && model->end_id() < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.model, " has no sign that ends a text, which --lines needs"));
  }
  const auto text = MappedText::Open(options.text);
  if (!text.ok()) return text.status();
  auto writer = data::TokenWriter::Create(options.out, options.format, model->size());
  if (!writer.ok()) return writer.status();
  absl::Status status = EncodeAll(*model, (*text)->text(), options, **writer);
  if (status.ok()) status = (*writer)->Finish();
  if (!status.ok()) return status;
  return Applied{(*writer)->tokens(), model->size(), data::TokenName((*writer)->width())};
}

}  // namespace ff::tokenizer
