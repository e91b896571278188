// The conversations in data/ are the protocol as other programs see it: "> " is a line
// to the trainer, "< " one from it. Each line must be read, and written again unchanged.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "worker/protocol/messages.h"

namespace ff::protocol {
namespace {

struct Line {
  bool order;
  std::string text, where;
};

std::vector<Line> AllLines() {
  std::vector<Line> lines;
  const std::string folder = FF_SOURCE_DIR "/tests/worker/protocol/data";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path());
    std::string text;
    for (int number = 1; std::getline(file, text); ++number) {
      if (text.empty() || text[0] == '#') continue;
      const std::string where = absl::StrCat(entry.path().filename().string(), ":", number);
      EXPECT_TRUE(absl::StartsWith(text, "> ") || absl::StartsWith(text, "< ")) << where;
      lines.push_back({text[0] == '>', text.substr(2), where});
    }
  }
  return lines;
}

absl::StatusOr<std::string> Again(const Line& line) {
  if (line.order) {
    const absl::StatusOr<Order> order = ParseOrder(line.text);
    if (!order.ok()) return order.status();
    return ToLine(*order);
  }
  const absl::StatusOr<Report> report = ParseReport(line.text);
  if (!report.ok()) return report.status();
  return ToLine(*report);
}

TEST(TranscriptTest, EveryLineIsReadAndWrittenAgain) {
  const std::vector<Line> lines = AllLines();
  ASSERT_GT(lines.size(), 20u);
  for (const Line& line : lines) {
    const absl::StatusOr<std::string> again = Again(line);
    ASSERT_TRUE(again.ok()) << line.where << ": " << again.status();
    EXPECT_EQ(*again, line.text) << line.where;
  }
}

TEST(TranscriptTest, EveryTypeOccurs) {
  std::vector<bool> orders(std::variant_size_v<Order>), reports(std::variant_size_v<Report>);
  for (const Line& line : AllLines()) {
    if (line.order) {
      orders[ParseOrder(line.text)->index()] = true;
    } else {
      reports[ParseReport(line.text)->index()] = true;
    }
  }
  EXPECT_EQ(std::count(orders.begin(), orders.end(), false), 0);
  EXPECT_EQ(std::count(reports.begin(), reports.end(), false), 0);
}

// A damaged line is refused, or is read as a message that can be written and read again.
TEST(TranscriptTest, DamagedLinesNeverCrash) {
  std::mt19937 random(20);
  const std::string alphabet = "{}[]\",:0123456789eE+-.ntfu\\ \n\xff";
  int refused = 0;
  for (const Line& line : AllLines()) {
    for (int round = 0; round < 300; ++round) {
      Line damaged = line;
      for (unsigned edits = 1 + random() % 4; edits > 0; --edits) {
        const size_t at = random() % damaged.text.size();
        const char letter = alphabet[random() % alphabet.size()];
        switch (random() % 4) {
          case 0:
            damaged.text[at] = letter;
            break;
          case 1:
            damaged.text.insert(at, 1, letter);
            break;
          case 2:
            damaged.text.resize(at + 1);
            break;
          default:
            damaged.text.insert(at, damaged.text.substr(at / 2, 30));
        }
      }
      const absl::StatusOr<std::string> again = Again(damaged);
      if (!again.ok()) {
        ++refused;
      } else {
        EXPECT_TRUE(Again({line.order, *again, line.where}).ok()) << *again;
      }
    }
  }
  EXPECT_GT(refused, 1000);
}

TEST(TranscriptTest, DeepNestingIsRefused) {
  const std::string deep(500000, '[');
  EXPECT_FALSE(ParseOrder(deep).ok());
  EXPECT_FALSE(ParseOrder(deep + std::string(500000, ']')).ok());
}

}  // namespace
}  // namespace ff::protocol
