#include "server/filter/parse.h"

#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/filter/near.h"
#include "server/filter/tokens.h"

namespace ff::filter {
namespace {

constexpr int kMostLevels = 64;

const std::pair<const char*, Comparison> kComparisons[] = {
    {"=", Comparison::kEqual},    {"==", Comparison::kEqual},   {"!=", Comparison::kNotEqual},
    {"<", Comparison::kLess},     {"<=", Comparison::kAtMost},  {">", Comparison::kMore},
    {">=", Comparison::kAtLeast}, {"~", Comparison::kContains}, {"!~", Comparison::kLacks}};

std::string NamesOf(const std::vector<Field>& fields) {
  return absl::StrJoin(fields, ", ", [](std::string* out, const Field& f) { *out += f.name; });
}

std::string UnknownField(const std::string& name, const std::vector<Field>& fields) {
  std::vector<std::string> names;
  names.reserve(fields.size());
  for (const Field& field : fields) names.push_back(field.name);
  const std::string near = NearestWord(absl::AsciiStrToLower(name), names);
  return absl::StrCat("there is no field '", name, "'; ",
                      near.empty() ? "" : absl::StrCat("did you mean '", near, "'? "), "there are ",
                      NamesOf(fields));
}

class Parser {
 public:
  Parser(const std::string& source, const std::vector<Field>& fields, std::vector<Token> tokens)
      : source_(source), fields_(fields), tokens_(std::move(tokens)) {}

  absl::StatusOr<Condition> Run() {
    absl::StatusOr<Condition> whole = Chain(Condition::Kind::kOr);
    if (whole.ok() && Now().kind != Token::Kind::kEnd) {
      return Wrong("'and' or 'or' is needed before this");
    }
    return whole;
  }

 private:
  const Token& Now() const { return tokens_[next_]; }
  absl::Status Wrong(const std::string& what) const { return ErrorAt(source_, Now().at, what); }
  bool IsWord(const char* word) const {
    return Now().kind == Token::Kind::kWord && absl::EqualsIgnoreCase(Now().text, word);
  }
  bool IsSign(const char* sign) const {
    return Now().kind == Token::Kind::kSign && Now().text == sign;
  }
  bool Take(bool is_there) {
    if (is_there) ++next_;
    return is_there;
  }

  // Parts joined by `or`, whose parts are joined by `and`, whose parts are terms.
  absl::StatusOr<Condition> Chain(Condition::Kind kind) {
    const bool is_or = kind == Condition::Kind::kOr;
    Condition chain{.kind = kind};
    do {
      absl::StatusOr<Condition> part = is_or ? Chain(Condition::Kind::kAnd) : Term();
      if (!part.ok()) return part;
      chain.parts.push_back(*std::move(part));
    } while (Take(is_or ? IsWord("or") || IsSign("||") : IsWord("and") || IsSign("&&")));
    if (chain.parts.size() > 1) return chain;
    return std::move(chain.parts.front());
  }

  absl::StatusOr<Condition> Term() {
    if (++level_ > kMostLevels) return Wrong("too many levels of parentheses");
    absl::StatusOr<Condition> term = InnerTerm();
    --level_;
    return term;
  }

  absl::StatusOr<Condition> InnerTerm() {
    if (Take(IsWord("not") || IsSign("!"))) {
      absl::StatusOr<Condition> inner = Term();
      if (!inner.ok()) return inner;
      return Condition{.kind = Condition::Kind::kNot, .parts = {*std::move(inner)}};
    }
    if (Take(IsSign("("))) {
      absl::StatusOr<Condition> inner = Chain(Condition::Kind::kOr);
      if (inner.ok() && !Take(IsSign(")"))) return Wrong("a ')' is needed here");
      return inner;
    }
    if (Now().kind == Token::Kind::kEnd) return Wrong("a comparison is needed here");
    if (Now().kind == Token::Kind::kSign) return Wrong("the name of a field is needed here");
    const Field* field = FindField(fields_, Now().text);
    if (field == nullptr) return Wrong(UnknownField(Now().text, fields_));
    ++next_;
    return ComparisonOf(*field);
  }

  absl::StatusOr<Condition> ComparisonOf(const Field& field) {
    Condition c{.field = field.name, .type = field.type};
    const bool negated = IsWord("not");
    if (negated) ++next_;
    if (Take(IsWord("in"))) {
      c.comparison = negated ? Comparison::kNotEqual : Comparison::kEqual;
      if (!Take(IsSign("("))) return Wrong("'in' needs a list in parentheses");
      do {
        if (absl::Status read = AddValue(field, &c); !read.ok()) return read;
      } while (Take(IsSign(",")));
      if (!Take(IsSign(")"))) return Wrong("a ')' or ',' is needed here");
      return c;
    }
    const std::pair<const char*, Comparison>* sign = nullptr;
    for (const auto& one : kComparisons) {
      if (IsSign(one.first)) sign = &one;
    }
    if (sign == nullptr) {
      return Wrong(
          absl::StrCat("after '", field.name, "' one of = != < <= > >= ~ !~ in is needed"));
    }
    c.comparison = sign->second;
    const bool contains =
        c.comparison == Comparison::kContains || c.comparison == Comparison::kLacks;
    const bool orders = c.comparison >= Comparison::kLess && !contains;
    if (orders && field.type == Type::kText) {
      return Wrong(absl::StrCat(field.name, " is a text: it has no ", sign->first));
    }
    if (contains && field.type == Type::kNumber) {
      return Wrong(absl::StrCat(field.name, " is a number: it has no ", sign->first));
    }
    ++next_;
    const bool equality =
        c.comparison == Comparison::kEqual || c.comparison == Comparison::kNotEqual;
    if (equality && Take(IsWord("none"))) {
      c.kind =
          c.comparison == Comparison::kEqual ? Condition::Kind::kIsNone : Condition::Kind::kIsSome;
      return c;
    }
    if (absl::Status read = AddValue(field, &c, contains); !read.ok()) return read;
    return c;
  }

  absl::Status AddValue(const Field& field, Condition* c, bool any_text = false) {
    if (Now().kind == Token::Kind::kSign || Now().kind == Token::Kind::kEnd) {
      return Wrong("a value is needed here");
    }
    const std::string text = Now().text;
    if (field.type == Type::kNumber) {
      double number = 0;
      if (!ParseNumber(text, &number)) {
        return Wrong(absl::StrCat(field.name, " is a number, and '", text, "' is none"));
      }
      c->numbers.push_back(number);
    } else if (field.words.empty() || any_text) {
      c->texts.push_back(text);
    } else {
      const std::string word = absl::AsciiStrToLower(text);
      bool known = false;
      for (const std::string& one : field.words) known = known || one == word;
      if (!known) {
        const std::string near = NearestWord(word, field.words);
        return Wrong(absl::StrCat(field.name, " is never '", text, "'; ",
                                  near.empty() ? "" : absl::StrCat("did you mean '", near, "'? "),
                                  "it is one of ", absl::StrJoin(field.words, ", ")));
      }
      c->texts.push_back(word);
    }
    ++next_;
    return absl::OkStatus();
  }

  const std::string& source_;
  const std::vector<Field>& fields_;
  const std::vector<Token> tokens_;
  size_t next_ = 0;
  int level_ = 0;
};

}  // namespace

bool ParseNumber(const std::string& text, double* number) {
  if (text.empty()) return false;
  double factor = 1;
  std::string digits = text;
  switch (text.back()) {
    case 'k':
    case 'K':
      factor = 1e3;
      break;
    case 'M':
      factor = 1e6;
      break;
    case 'B':
    case 'G':
      factor = 1e9;
      break;
    case 'T':
      factor = 1e12;
      break;
    default:
      break;
  }
  if (factor != 1) digits.pop_back();
  // "nan" and "inf" would be read as numbers, which nothing compares with.
  if (digits.find_first_of("0123456789") == std::string::npos) return false;
  if (!absl::SimpleAtod(digits, number) || !std::isfinite(*number)) return false;
  *number *= factor;
  return true;
}

absl::StatusOr<Condition> Parse(const std::string& source, const std::vector<Field>& fields) {
  absl::StatusOr<std::vector<Token>> tokens = Tokens(source);
  if (!tokens.ok()) return tokens.status();
  return Parser(source, fields, *std::move(tokens)).Run();
}

absl::StatusOr<Order> ParseOrder(const std::string& source, const std::vector<Field>& fields) {
  Order order{source, false};
  if (!source.empty() && source[0] == '-') order = {source.substr(1), true};
  const Field* field = FindField(fields, order.field);
  if (field == nullptr) return absl::InvalidArgumentError(UnknownField(order.field, fields));
  order.field = field->name;
  return order;
}

}  // namespace ff::filter
