// The bytes of a JSON file as nlohmann's parser can take them: what Python writes and JSON
// lacks (NaN, Infinity, -Infinity outside of strings) becomes a string of the same letters;
// a NUL, which the parser would take for the end, and a word too long are errors. Keeps the
// place in the original file. For use by one thread.
#pragma once

#include <iterator>
#include <string>

#include "absl/status/status.h"
#include "server/results/byte_source.h"

namespace ff::results {

class JsonText {
 public:
  JsonText(ByteSource source, size_t longest_word);

  bool AtEnd();
  char Byte();  // the byte that comes next; not at the end
  void Take();

  size_t line() const { return reader_.line(); }
  size_t column() const { return reader_.column(); }
  // What ended the text early; OK: the file did.
  const absl::Status& status() const { return status_; }

  // For nlohmann::json::sax_parse(text.begin(), text.end(), ...). Copies share the text.
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = char;
    explicit Iterator(JsonText* text = nullptr) : text_(text) {}
    char operator*() const { return text_->Byte(); }
    Iterator& operator++() {
      text_->Take();
      return *this;
    }
    void operator++(int) { text_->Take(); }
    bool operator!=(const Iterator& other) const { return Ended() != other.Ended(); }
    bool operator==(const Iterator& other) const { return Ended() == other.Ended(); }

   private:
    bool Ended() const { return text_ == nullptr || text_->AtEnd(); }
    JsonText* text_;
  };
  Iterator begin() { return Iterator(this); }
  Iterator end() { return Iterator(); }

 private:
  void Fill();
  void ReadWord(int first);
  void Fail(const char* what);

  ByteReader reader_;
  const size_t longest_word_;
  std::string ready_;  // to be handed out before the reader's next byte
  size_t at_ = 0;
  size_t word_ = 0;  // bytes since the last one that ends a word
  bool in_string_ = false, escaped_ = false;
  absl::Status status_;
};

}  // namespace ff::results
