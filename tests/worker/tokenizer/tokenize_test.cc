// A model learnt from a text, and the text in its tokens: nothing is lost, whatever the threads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "worker/data/token_file.h"
#include "worker/tokenizer/apply_model.h"
#include "worker/tokenizer/piece_model.h"
#include "worker/tokenizer/train_model.h"

namespace ff::tokenizer {
namespace {

using ::testing::HasSubstr;

std::string ReadFile(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class Tokenize : public ::testing::Test {
 protected:
  Tokenize() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ff_tokens_XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    std::mt19937 random(3);
    while (text_.size() < 200000) {
      for (unsigned i = 0, n = 1 + random() % 3; i < n; ++i) {
        text_ += "bcdfgklmnprst"[random() % 13];
        text_ += "aeiou"[random() % 5];
      }
      text_ += random() % 9 == 0 ? "\n" : random() % 40 == 0 ? "  " : " ";
    }
    text_ += "na\xc3\xafve \xf0\x9f\x99\x82 \t end";  // characters that the rest of the text lacks
    std::ofstream(folder_ + "/text", std::ios::binary) << text_;
  }
  ~Tokenize() override { std::filesystem::remove_all(folder_); }

  absl::Status Learn(int64_t pieces = 500, const std::string& kind = "bpe") {
    TrainOptions options;
    options.text = folder_ + "/text", options.model = folder_ + "/model";
    options.vocab_size = pieces, options.kind = kind, options.threads = 2;
    return TrainModel(options);
  }
  ApplyOptions Options(const std::string& out) const {
    ApplyOptions options;
    options.text = folder_ + "/text", options.model = folder_ + "/model";
    options.out = folder_ + "/" + out;
    return options;
  }
  std::string Decoded(const std::string& out, const std::string& format) const {
    const auto file = data::TokenFile::Open(folder_ + "/" + out, format, 1 << 20).value();
    std::vector<int64_t> wide(file->tokens());
    EXPECT_TRUE(file->Read(0, file->tokens(), wide.data()).ok());
    std::string error;
    return PieceModel::Load(folder_ + "/model", &error)
        ->Decode(std::vector<int>(wide.begin(), wide.end()));
  }

  std::string folder_, text_;
};

TEST_F(Tokenize, TokensGiveTheTextBackExactly) {
  for (const char* kind : {"bpe", "unigram"}) {
    ASSERT_TRUE(Learn(500, kind).ok());
    const auto applied = ApplyModel(Options("t"));
    ASSERT_TRUE(applied.ok()) << applied.status();
    EXPECT_EQ(applied->vocab_size, 500);
    EXPECT_EQ(applied->token_type, "uint16");
    EXPECT_LT(applied->tokens, int64_t(text_.size()) / 2);  // it has learnt something
    EXPECT_TRUE(Decoded("t", "uint16") == text_) << kind;
  }
}

TEST_F(Tokenize, AnyNumberOfThreadsMakesTheSameFile) {
  ASSERT_TRUE(Learn().ok());
  while (text_.size() < 5'000'000) text_ += text_.substr(0, 200000);
  std::ofstream(folder_ + "/text", std::ios::binary) << text_;
  ApplyOptions one = Options("one"), five = Options("five");
  five.threads = 5;
  ASSERT_TRUE(ApplyModel(one).ok());
  ASSERT_TRUE(ApplyModel(five).ok());
  EXPECT_TRUE(ReadFile(one.out) == ReadFile(five.out));
}

TEST_F(Tokenize, LinesEndInASign) {
  ASSERT_TRUE(Learn().ok());
  std::ofstream(folder_ + "/text", std::ios::binary) << "ba be\nko\n\nlast";
  ApplyOptions options = Options("t");
  options.lines = true, options.format = "npy";
  ASSERT_TRUE(ApplyModel(options).ok());
  const auto file = data::TokenFile::Open(options.out, "npy", 1000).value();
  std::vector<int64_t> tokens(file->tokens());
  ASSERT_TRUE(file->Read(0, file->tokens(), tokens.data()).ok());
  std::string error;
  const auto model = PieceModel::Load(folder_ + "/model", &error);
  EXPECT_EQ(std::count(tokens.begin(), tokens.end(), model->end_id()), 4);
  EXPECT_EQ(tokens.back(), model->end_id());
}

TEST_F(Tokenize, SaysWhatIsWrongAndLeavesNoFile) {
  EXPECT_THAT(std::string(Learn(1'000'000).message()), HasSubstr("1000000 pieces"));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/model"));
  EXPECT_THAT(std::string(ApplyModel(Options("t")).status().message()),
              HasSubstr("no SentencePiece model"));
  ASSERT_TRUE(Learn().ok());
  ApplyOptions none = Options("t");
  none.text += "x";
  EXPECT_EQ(ApplyModel(none).status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/t"));
}

TEST_F(Tokenize, TheProgramSaysHowManyTokensThereAre) {
  ASSERT_TRUE(Learn().ok());
  const std::string command = FF_BINARY_DIR "/bin/ff-tokenizer apply text=" + folder_ +
                              "/text model=" + folder_ + "/model out=" + folder_ + "/t > " +
                              folder_ + "/said 2> " + folder_ + "/progress";
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_THAT(ReadFile(folder_ + "/said"), HasSubstr(" 500 uint16\n"));
  EXPECT_THAT(ReadFile(folder_ + "/progress"), HasSubstr("tokenizing: 100 %"));
  EXPECT_NE(std::system(FF_BINARY_DIR "/bin/ff-tokenizer 2> /dev/null"), 0);
}

}  // namespace
}  // namespace ff::tokenizer
