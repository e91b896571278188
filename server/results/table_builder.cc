#include "server/results/table_builder.h"

#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/results/number.h"

namespace ff::results {
namespace {

// More different words than this are no groups to choose from (a column of numbers, say).
constexpr size_t kMostLevels = 65'536;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// What a column is likely to be that has no name of a role but looks like one.
std::string Hint(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const std::string lower = absl::AsciiStrToLower(name);
    const bool perplexity = absl::StrContains(lower, "ppl") || absl::StrContains(lower, "perplex");
    if (perplexity) return absl::StrCat("; if ", name, " is a perplexity: loss=ln(", name, ")");
    const bool bits = absl::StrContains(lower, "bpb") || absl::StrContains(lower, "bits_per") ||
                      absl::StrContains(lower, "bits per");
    if (bits) {
      return absl::StrCat("; if ", name, " is in bits a token: loss=", name,
                          "*ln2 (bits a byte: times bytes a token, too)");
    }
    if (absl::StrContains(lower, "loss")) return absl::StrCat("; perhaps loss=", name);
  }
  return "";
}

std::string Missing(const std::array<ColumnUse, kRoles>& uses,
                    const std::vector<std::string>& names) {
  const auto has = [&](Role role) { return uses[static_cast<size_t>(role)].index >= 0; };
  std::vector<std::string> missing;
  if (!has(Role::kLoss)) missing.push_back("loss");
  const int sizes = has(Role::kParameters) + has(Role::kTokens) + has(Role::kCompute);
  if (sizes < 2) {
    std::vector<std::string> lacking;
    if (!has(Role::kParameters)) lacking.push_back("params_n");
    if (!has(Role::kTokens)) lacking.push_back("tokens_d");
    if (!has(Role::kCompute)) lacking.push_back("flops_c");
    missing.push_back(
        absl::StrCat(sizes == 1 ? "one of " : "two of ", absl::StrJoin(lacking, ", ")));
  }
  if (missing.empty()) return "";
  constexpr size_t kShown = 20;
  std::vector<std::string> shown(names.begin(),
                                 names.begin() + static_cast<long>(std::min(names.size(), kShown)));
  if (names.size() > kShown) shown.push_back("...");
  return absl::StrCat("no column for ", absl::StrJoin(missing, " and "),
                      "; the columns are: ", absl::StrJoin(shown, ", "),
                      has(Role::kLoss) ? "" : Hint(names));
}

}  // namespace

TableBuilder::TableBuilder(std::string file, ReadOptions options)
    : file_(std::move(file)), options_(std::move(options)) {}

bool TableBuilder::IsAsked(Role role) const {
  for (const AskedColumn& asked : options_.columns) {
    if (asked.role == role) return true;
  }
  return role == Role::kBudget && !options_.budget_column.empty();
}

size_t TableBuilder::AddColumn(const std::string& name) {
  const auto [it, is_new] = index_of_.try_emplace(name, names_.size());
  if (!is_new) return it->second;
  names_.push_back(name);
  Group& group = groups_.emplace_back();
  group.column.name = std::string(absl::StripAsciiWhitespace(name));
  group.column.codes.assign(out_.table.size(), -1);
  return names_.size() - 1;
}

absl::Status TableBuilder::ChooseColumns() {
  for (int i = 0; i < kRoles; ++i) {
    uses_[static_cast<size_t>(i)] = {FindColumn(static_cast<Role>(i), names_), 1, false};
  }
  std::vector<AskedColumn> asked = options_.columns;
  if (!options_.budget_column.empty()) asked.push_back({Role::kBudget, options_.budget_column});
  for (const AskedColumn& one : asked) {
    const absl::StatusOr<ColumnUse> use = FindAskedColumn(one, names_);
    if (!use.ok()) return use.status();
    uses_[static_cast<size_t>(one.role)] = *use;
  }
  const std::string missing = Missing(uses_, names_);
  return missing.empty() ? absl::OkStatus() : absl::InvalidArgumentError(missing);
}

absl::Status TableBuilder::SetRoles(size_t line) {
  if (const absl::Status status = ChooseColumns(); !status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(file_, ":", line, ":1: ", status.message()));
  }
  const auto column = [this](Role role) { return Use(role).index; };
  const bool has_step = column(Role::kStep) >= 0;
  rows_are_points_ = options_.curves || has_step;
  if (options_.curves && column(Role::kRunId) < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(file_, ":", line, ":1: no column run_id to tell by which rows are one run's ",
                     "training curve; the columns are: ", absl::StrJoin(names_, ", ")));
  }
  // Without names of runs rows cannot be points of one.
  if (column(Role::kRunId) < 0) rows_are_points_ = false;
  for (const Role role : {Role::kRunId, Role::kParameters, Role::kTokens, Role::kCompute,
                          Role::kLoss, Role::kMessage, Role::kStep}) {
    if (column(role) >= 0) GiveUp(&groups_[static_cast<size_t>(column(role))]);
  }
  return absl::OkStatus();
}

void TableBuilder::GiveUp(Group* group) {
  group->wanted = false;
  group->column.codes = {};
  group->column.levels = {};
  group->code_of = {};
}

absl::Status TableBuilder::Number(Role role, const std::vector<Cell>& cells, double* value) const {
  *value = kNaN;
  const ColumnUse& use = Use(role);
  const int index = use.index;
  if (index < 0 || static_cast<size_t>(index) >= cells.size()) return absl::OkStatus();
  const Cell& cell = cells[static_cast<size_t>(index)];
  if (cell.is_number) {
    *value = use.Of(cell.number);
    return absl::OkStatus();
  }
  const std::optional<double> number = ParseNumber(cell.text);
  if (!number) {
    return absl::InvalidArgumentError(
        absl::StrCat(file_, ":", cell.line, ":", cell.column, ": '",
                     absl::CHexEscape(cell.text.substr(0, 40)), cell.text.size() > 40 ? "..." : "",
                     "' in column ", names_[static_cast<size_t>(index)], " is no number"));
  }
  *value = use.Of(*number);
  return absl::OkStatus();
}

absl::string_view TableBuilder::Text(Role role, const std::vector<Cell>& cells,
                                     std::string* storage) const {
  const int index = Use(role).index;
  if (index < 0 || static_cast<size_t>(index) >= cells.size()) return "";
  const Cell& cell = cells[static_cast<size_t>(index)];
  if (!cell.is_number) return absl::StripAsciiWhitespace(cell.text);
  *storage = NumberText(cell.number);
  return *storage;
}

// flops-fit's words; a status column with other words is a group like any other.
bool TableBuilder::SaysItFailed(const std::vector<Cell>& cells, const std::string& run_id) {
  std::string storage;
  const std::string status(Text(Role::kStatus, cells, &storage));
  if (status != "failed" && status != "skipped") return false;
  if (rows_are_points_ && !failed_.insert(run_id).second) return true;
  const std::string message(Text(Role::kMessage, cells, &storage));
  out_.excluded.push_back({run_id, message.empty()
                                       ? absl::StrCat("its status is ", status)
                                       : absl::StrCat("its status is ", status, ": ", message)});
  return true;
}

bool TableBuilder::Has(Role role, const std::vector<Cell>& cells) const {
  const int index = Use(role).index;
  if (index < 0 || static_cast<size_t>(index) >= cells.size()) return false;
  const Cell& cell = cells[static_cast<size_t>(index)];
  return cell.is_number || !absl::StripAsciiWhitespace(cell.text).empty();
}

// Only an empty cell is filled: one that says NaN is a number gone wrong.
void TableBuilder::DeriveMissing(const std::vector<Cell>& cells, double* n, double* d, double* c) {
  const bool has_n = Has(Role::kParameters, cells), has_d = Has(Role::kTokens, cells),
             has_c = Has(Role::kCompute, cells);
  if (has_n + has_d + has_c != 2) return;
  double* const target = !has_n ? n : !has_d ? d : c;
  const double value = !has_n ? *c / (6 * *d) : !has_d ? *c / (6 * *n) : 6 * *n * *d;
  // What comes out of a zero or an infinity is for the screening to say of the cell itself.
  if (!std::isfinite(value) || value <= 0) return;
  *target = value;
  ++derived_[!has_n ? 0 : !has_d ? 1 : 2];
}

void TableBuilder::AddToGroups(const std::vector<Cell>& cells) {
  std::string storage;
  for (size_t i = 0; i < groups_.size(); ++i) {
    Group& group = groups_[i];
    if (!group.wanted) continue;
    absl::string_view word;
    if (i < cells.size()) {
      if (cells[i].is_number) storage = NumberText(cells[i].number);
      word = cells[i].is_number ? storage : absl::StripAsciiWhitespace(cells[i].text);
    }
    if (word.empty()) {
      group.column.codes.push_back(-1);
      continue;
    }
    if (group.last < 0 || group.column.levels[static_cast<size_t>(group.last)] != word) {
      auto it = group.code_of.find(word);
      if (it == group.code_of.end()) {
        if (group.column.levels.size() == kMostLevels) {
          GiveUp(&group);
          out_.notes.push_back(absl::StrCat("column ", group.column.name, " has more than ",
                                            kMostLevels, " different values and is no group"));
          continue;
        }
        const auto code = static_cast<int32_t>(group.column.levels.size());
        group.column.levels.emplace_back(word);
        it = group.code_of.emplace(word, code).first;
      }
      group.last = it->second;
    }
    group.column.codes.push_back(group.last);
  }
}

absl::Status TableBuilder::AddRow(const std::vector<Cell>& cells, size_t line) {
  ++rows_;
  row_kept_ = false;
  std::string storage;
  std::string run_id(Text(Role::kRunId, cells, &storage));
  if (run_id.empty()) run_id = absl::StrCat("line ", line);
  if (SaysItFailed(cells, run_id)) return absl::OkStatus();
  double n, d, c, loss, budget;
  if (absl::Status status = Number(Role::kParameters, cells, &n); !status.ok()) return status;
  if (absl::Status status = Number(Role::kTokens, cells, &d); !status.ok()) return status;
  if (absl::Status status = Number(Role::kCompute, cells, &c); !status.ok()) return status;
  if (absl::Status status = Number(Role::kLoss, cells, &loss); !status.ok()) return status;
  if (absl::Status status = Number(Role::kBudget, cells, &budget); !status.ok()) return status;
  DeriveMissing(cells, &n, &d, &c);
  row_kept_ = true;
  const Point row = {n, d, c, loss, budget};
  if (rows_are_points_) return AddPoint(run_id, row, cells, line);
  AddRun(std::move(run_id), row, cells);
  return absl::OkStatus();
}

void TableBuilder::AddRun(std::string run_id, const Point& run, const std::vector<Cell>& cells) {
  RunTable& table = out_.table;
  table.run_id.push_back(std::move(run_id));
  table.parameters.push_back(run.n);
  table.tokens.push_back(run.d);
  table.compute.push_back(run.c);
  table.loss.push_back(run.loss);
  if (Use(Role::kBudget).index >= 0) table.budget.push_back(run.budget);
  AddToGroups(cells);
}

void TableBuilder::NoteColumns() {
  const std::pair<Role, const char*> shown[] = {{Role::kParameters, "N"},
                                                {Role::kTokens, "D"},
                                                {Role::kCompute, "C"},
                                                {Role::kLoss, "loss"},
                                                {Role::kBudget, "budget"}};
  std::vector<std::string> other;
  for (const auto& [role, meaning] : shown) {
    if (Use(role).index < 0) continue;
    const std::string words = WordsOf(Use(role), names_);
    if (words != absl::StrCat("column ", NamesOf(role)[0])) {
      other.push_back(absl::StrCat(meaning, " is ", words));
    }
  }
  if (!other.empty()) out_.notes.push_back(absl::StrJoin(other, ", "));
  const char* const formulas[] = {"N = C / (6 D)", "D = C / (6 N)", "C = 6 N D"};
  const Role roles[] = {Role::kParameters, Role::kTokens, Role::kCompute};
  for (size_t i = 0; i < 3; ++i) {
    if (derived_[i] == 0) continue;
    const bool no_column = Use(roles[i]).index < 0;
    out_.notes.push_back(
        absl::StrCat(no_column ? absl::StrCat("no column ", NamesOf(roles[i])[0], ": ", formulas[i])
                               : absl::StrCat(derived_[i], " rows have an empty ",
                                              NamesOf(roles[i])[0], ": ", formulas[i], " there")));
  }
}

RunFile TableBuilder::Finish() {
  NoteColumns();
  NoteCurves();
  DropFailed();
  for (Group& group : groups_) {
    if (group.wanted) out_.table.groups.push_back(std::move(group.column));
  }
  return std::move(out_);
}

}  // namespace ff::results
