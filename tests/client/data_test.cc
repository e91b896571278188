// ffctl data: what a file is, and files made from text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "client/files.h"
#include "nlohmann/json.hpp"
#include "tests/client/command_line.h"

namespace ff::client {
namespace {

using testing::HasSubstr;

class Data : public testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& content) {
    const std::string path = line_.home / name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  CommandLine line_;
};

TEST_F(Data, InfoSaysHowToTrainOnAFile) {
  const std::string path = Write("corpus.txt", "some text, and more\n");
  const Ran ran = line_.Run({"data", "info", "corpus.txt"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("bytes (guessed)"));
  EXPECT_THAT(ran.out,
              HasSubstr("dataset.path=" + path + " dataset.format=bytes model.vocab_size=256"));
}

TEST_F(Data, InfoForPrograms) {
  Write("t.bin", std::string("\x05\x00\x00\x01", 4));
  const Ran ran = line_.Run({"data", "info", "t.bin", "--format", "uint16", "-o", "json"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  const auto json = nlohmann::json::parse(ran.out);
  EXPECT_EQ(json["tokens"], 2);
  EXPECT_EQ(json["largest_token"], 256);
  EXPECT_EQ(json["largest_token_offset"], 2);
  EXPECT_EQ(json["vocab_size"], 257);
  EXPECT_EQ(line_.Run({"data", "info", "t.bin", "-o", "name"}).out, "uint16\n");
}

TEST_F(Data, WhatIsWrongWithAFileNamesTheOffset) {
  Write("odd.bin", "abc");
  const Ran odd = line_.Run({"data", "info", "odd.bin", "--format", "uint16"});
  EXPECT_EQ(odd.code, 2);
  EXPECT_THAT(odd.err, HasSubstr("offset 2"));
  EXPECT_EQ(line_.Run({"data", "info", "none"}).code, 3);
  Write("empty", "");
  EXPECT_THAT(line_.Run({"data", "info", "empty"}).err, HasSubstr("is empty"));
}

TEST_F(Data, TokenizeWantsWordsThatFitTogether) {
  const Ran ran = line_.Run({"data", "tokenize", "a.txt", "--threads", "many"});
  EXPECT_NE(ran.code, 0);
  EXPECT_THAT(line_.Run({"data", "tokenize", "--help"}).out, HasSubstr("--vocab-size"));
}

}  // namespace
}  // namespace ff::client
