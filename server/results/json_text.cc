#include "server/results/json_text.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace ff::results {

JsonText::JsonText(ByteSource source, size_t longest_word)
    : reader_(std::move(source)), longest_word_(longest_word) {}

void JsonText::Fail(const char* what) {
  if (status_.ok()) status_ = absl::InvalidArgumentError(what);
}

// A bare word that begins with N, I or -I: letters to the end of the word, in quotes. What
// is not one of Python's three stays as it is, for the parser to refuse.
void JsonText::ReadWord(int first) {
  std::string word(1, static_cast<char>(first));
  constexpr size_t kLongest = 9;  // "-Infinity"
  while (word.size() < kLongest) {
    const int next = reader_.Peek();
    if (next < 0 || !absl::ascii_isalpha(static_cast<unsigned char>(next))) break;
    reader_.Take();
    word.push_back(static_cast<char>(next));
  }
  const bool pythons = word == "NaN" || word == "Infinity" || word == "-Infinity";
  ready_ = pythons ? absl::StrCat("\"", word, "\"") : word;
}

void JsonText::Fill() {
  if (at_ < ready_.size() || !status_.ok()) return;
  ready_.clear();
  at_ = 0;
  const int next = reader_.Peek();
  if (next < 0) {
    status_.Update(reader_.status());
    return;
  }
  if (next == 0) return Fail("a NUL byte; not a text file");
  reader_.Take();
  if (in_string_) {
    if (!escaped_ && next == '"') in_string_ = false;
    escaped_ = !escaped_ && next == '\\';
  } else if (next == '"') {
    in_string_ = true;
    escaped_ = false;
  } else if (next == 'N' || next == 'I' || next == '-') {
    return ReadWord(next);
  }
  const bool ends_word = !in_string_ && !absl::ascii_isalnum(static_cast<unsigned char>(next)) &&
                         next != '.' && next != '-' && next != '+';
  word_ = ends_word ? 0 : word_ + 1;
  if (word_ > longest_word_) return Fail("a word or string that is too long");
  ready_.push_back(static_cast<char>(next));
}

bool JsonText::AtEnd() {
  Fill();
  return at_ == ready_.size();
}

char JsonText::Byte() {
  Fill();
  return ready_[at_];
}

void JsonText::Take() {
  Fill();
  ++at_;
}

}  // namespace ff::results
