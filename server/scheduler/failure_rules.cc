#include "server/scheduler/failure_rules.h"

#include <re2/re2.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace ff::scheduler {
namespace {

absl::Status Wrong(const std::string& text, const std::string& what) {
  return absl::InvalidArgumentError(
      absl::StrCat("retry.rules: \"", text, "\": ", what,
                   "; a rule is \"exit CODE -> BUDGET\" or \"log REGEX -> BUDGET\", BUDGET one of "
                   "infrastructure, application, memory, never"));
}

std::optional<Budget> BudgetNamed(absl::string_view word) {
  if (word == "infrastructure") return Budget::kInfrastructure;
  if (word == "application") return Budget::kApplication;
  if (word == "memory") return Budget::kMemory;
  if (word == "never") return Budget::kNever;
  return std::nullopt;
}

absl::StatusOr<FailureRule> Parse(const std::string& text) {
  constexpr absl::string_view kArrow = "->";
  const size_t arrow = text.rfind("->");  // a pattern may hold arrows of its own
  if (arrow == std::string::npos) return Wrong(text, "there is no \"->\"");
  const absl::string_view whole = text;
  const absl::string_view budget = absl::StripAsciiWhitespace(whole.substr(arrow + kArrow.size()));
  absl::string_view condition = absl::StripAsciiWhitespace(whole.substr(0, arrow));
  FailureRule rule;
  const std::optional<Budget> named = BudgetNamed(budget);
  if (!named.has_value()) return Wrong(text, absl::StrCat("no budget \"", budget, "\""));
  rule.budget = *named;
  if (absl::ConsumePrefix(&condition, "exit ")) {
    int code = 0;
    if (!absl::SimpleAtoi(condition, &code) || code < 1 || code > 255) {
      return Wrong(text, "an exit code is a number from 1 to 255");
    }
    rule.exit_code = code;
    return rule;
  }
  if (!absl::ConsumePrefix(&condition, "log ")) return Wrong(text, "it begins with neither");
  RE2::Options quiet;
  quiet.set_log_errors(false);
  const auto pattern = std::make_shared<const RE2>(std::string(condition), quiet);
  if (!pattern->ok())
    return Wrong(text, absl::StrCat("not a regular expression: ", pattern->error()));
  if (condition.empty() || RE2::PartialMatch("", *pattern)) {
    return Wrong(text, "the pattern fits an empty log and so every failure");
  }
  rule.log = pattern;
  return rule;
}

bool Fits(const FailureRule& rule, const Failure& failure) {
  if (rule.exit_code.has_value()) return failure.exit_code == *rule.exit_code;
  return rule.log != nullptr && RE2::PartialMatch(failure.message, *rule.log);
}

Budget ByKind(const std::string& kind) {
  if (kind == "lost" || kind == "preempted" || kind == "unfit") return Budget::kInfrastructure;
  if (kind == "diverged" || kind == "bad_plan" || kind == "bad_data") return Budget::kNever;
  return kind == "out_of_memory" ? Budget::kMemory : Budget::kApplication;
}

}  // namespace

absl::StatusOr<std::vector<FailureRule>> ParseFailureRules(const std::vector<std::string>& texts) {
  std::vector<FailureRule> rules;
  for (const std::string& text : texts) {
    absl::StatusOr<FailureRule> rule = Parse(text);
    if (!rule.ok()) return rule.status();
    rules.push_back(*std::move(rule));
  }
  return rules;
}

Budget BudgetOf(const Failure& failure, const std::vector<FailureRule>& rules) {
  for (const FailureRule& rule : rules) {
    if (Fits(rule, failure)) return rule.budget;
  }
  return ByKind(failure.kind);
}

bool BlamesTheMachine(const std::string& kind) {
  return kind == "device" || kind == "stalled" || kind == "unfit";
}

}  // namespace ff::scheduler
