#include "worker/tokenizer/text_chunks.h"

namespace ff::tokenizer {
namespace {

bool Continues(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

// Length of the first piece of a text that is longer than `most`.
size_t CutAt(absl::string_view text, size_t most) {
  const absl::string_view piece = text.substr(0, most);
  for (const char end : {'\n', ' '}) {
    if (const size_t at = piece.rfind(end); at != absl::string_view::npos) return at + 1;
  }
  size_t cut = most;  // a character has at most three bytes that continue it
  while (cut > most - 4 && Continues(text[cut])) --cut;
  return cut > most - 4 ? cut : most;
}

}  // namespace

std::vector<absl::string_view> CutText(absl::string_view text, size_t most) {
  std::vector<absl::string_view> pieces;
  while (text.size() > most) {
    const size_t cut = CutAt(text, most);
    pieces.push_back(text.substr(0, cut));
    text.remove_prefix(cut);
  }
  if (!text.empty()) pieces.push_back(text);
  return pieces;
}

}  // namespace ff::tokenizer
