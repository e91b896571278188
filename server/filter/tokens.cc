#include "server/filter/tokens.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace ff::filter {
namespace {

constexpr size_t kMostBytes = 4096;
constexpr size_t kShown = 60;  // bytes of the source in an error, round the place

bool IsWordByte(char c) {
  return absl::ascii_isalnum(c) || static_cast<unsigned char>(c) >= 0x80 ||
         std::string("_.-+%@/:*#").find(c) != std::string::npos;
}

// Longest first.
constexpr const char* kSigns[] = {"==", "!=", "<=", ">=", "!~", "&&", "||", "(",
                                  ")",  ",",  "=",  "<",  ">",  "~",  "!"};

std::string SignAt(const std::string& source, size_t at) {
  for (const char* sign : kSigns) {
    if (source.compare(at, std::char_traits<char>::length(sign), sign) == 0) return sign;
  }
  return "";
}

}  // namespace

absl::Status ErrorAt(const std::string& source, size_t at, const std::string& what) {
  const size_t begin = at > kShown ? at - kShown : 0;
  std::string line = source.substr(begin, 2 * kShown);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return absl::InvalidArgumentError(
      absl::StrCat(what, "\n", line, "\n", std::string(at - begin, ' '), "^"));
}

absl::StatusOr<std::vector<Token>> Tokens(const std::string& source) {
  if (source.size() > kMostBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a condition has at most ", kMostBytes, " bytes, this one ", source.size()));
  }
  std::vector<Token> tokens;
  for (size_t i = 0; i < source.size();) {
    if (absl::ascii_isspace(source[i])) {
      ++i;
    } else if (source[i] == '"' || source[i] == '\'') {
      const size_t end = source.find(source[i], i + 1);
      if (end == std::string::npos) return ErrorAt(source, i, "this quote does not end");
      tokens.push_back({Token::Kind::kQuoted, source.substr(i + 1, end - i - 1), i});
      i = end + 1;
    } else if (IsWordByte(source[i])) {
      size_t end = i;
      while (end < source.size() && IsWordByte(source[end])) ++end;
      tokens.push_back({Token::Kind::kWord, source.substr(i, end - i), i});
      i = end;
    } else {
      const std::string sign = SignAt(source, i);
      if (sign.empty()) return ErrorAt(source, i, "this character means nothing in a condition");
      tokens.push_back({Token::Kind::kSign, sign, i});
      i += sign.size();
    }
  }
  tokens.push_back({Token::Kind::kEnd, "", source.size()});
  return tokens;
}

}  // namespace ff::filter
