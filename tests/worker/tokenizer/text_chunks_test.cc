#include "worker/tokenizer/text_chunks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "absl/strings/str_join.h"

namespace ff::tokenizer {
namespace {

using ::testing::ElementsAre;

TEST(CutText, AfterNewlinesThenSpaces) {
  EXPECT_THAT(CutText("one\ntwo\nthree", 9), ElementsAre("one\ntwo\n", "three"));
  EXPECT_THAT(CutText("one two three", 9), ElementsAre("one two ", "three"));
  EXPECT_THAT(CutText("short", 9), ElementsAre("short"));
  EXPECT_TRUE(CutText("", 9).empty());
}

TEST(CutText, NeverWithinACharacter) {
  const std::string text =
      "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac";  // four of three bytes
  EXPECT_THAT(CutText(text, 8), ElementsAre(text.substr(0, 6), text.substr(6)));
}

TEST(CutText, WhatIsNoTextIsCutAllTheSame) {
  const std::string bytes(100, '\x80');
  std::string joined;
  for (const absl::string_view piece : CutText(bytes, 8)) {
    EXPECT_LE(piece.size(), 8u);
    joined += std::string(piece);
  }
  EXPECT_EQ(joined, bytes);
}

TEST(CutText, PiecesAreTheText) {
  std::mt19937 random(5);
  for (int trial = 0; trial < 200; ++trial) {
    std::string text;
    for (size_t i = random() % 500; i > 0; --i) text += "ab \n\xc3\xa4"[random() % 6];
    const size_t most = 8 + random() % 60;
    const auto pieces = CutText(text, most);
    EXPECT_EQ(absl::StrJoin(pieces, ""), text);
    for (const absl::string_view piece : pieces) {
      EXPECT_LE(piece.size(), most);
      EXPECT_FALSE(piece.empty());
    }
  }
}

}  // namespace
}  // namespace ff::tokenizer
