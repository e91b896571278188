#include "tests/rooms/cmake_targets.h"

#include <filesystem>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/rooms/source_tree.h"

namespace ff::rooms {
namespace {

using Words = std::vector<std::string>;

struct Command {
  std::string name;
  Words args;
};

// Words are separated by blanks; quotation marks hold one together; # starts a comment.
class Reader {
 public:
  explicit Reader(const std::string& text) : text_(text) {}

  std::vector<Command> Commands() {
    std::vector<Command> commands;
    while (SkipBlanks(), at_ < text_.size()) {
      Command command{Word(), {}};
      SkipBlanks();
      if (command.name.empty() || at_ >= text_.size() || text_[at_] != '(') {
        ++at_;
        continue;
      }
      ++at_;
      ReadArguments(&command.args);
      commands.push_back(command);
    }
    return commands;
  }

 private:
  void SkipBlanks() {
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '#') at_ = std::min(text_.find('\n', at_), text_.size() - 1);
      if (!isspace(static_cast<unsigned char>(text_[at_]))) return;
    }
  }

  std::string Word() {
    if (at_ < text_.size() && text_[at_] == '"') {
      const size_t close = std::min(text_.find('"', at_ + 1), text_.size());
      const std::string word = text_.substr(at_ + 1, close - at_ - 1);
      at_ = close + 1;
      return word;
    }
    const size_t start = at_;
    while (at_ < text_.size() && !absl::StrContains(" \t\r\n()\"#", text_.substr(at_, 1))) ++at_;
    return text_.substr(start, at_ - start);
  }

  void ReadArguments(Words* args) {
    for (int depth = 1; SkipBlanks(), at_ < text_.size();) {
      if (text_[at_] == '(' || text_[at_] == ')') {
        depth += text_[at_++] == '(' ? 1 : -1;
        if (depth == 0) return;
        continue;
      }
      args->push_back(Word());
    }
  }

  const std::string& text_;
  size_t at_ = 0;
};

class Interpreter {
 public:
  explicit Interpreter(const std::string& cmake_file) : cmake_file_(cmake_file) {}

  void Run(const std::vector<Command>& commands, size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      const std::string& name = commands[i].name;
      if (name == "function" || name == "macro") {
        i = Closing(commands, i, name, "end" + name);
      } else if (name == "foreach") {
        const size_t close = Closing(commands, i, "foreach", "endforeach");
        RunForeach(commands, i, close);
        i = close;
      } else {
        RunCommand(name, Expand(commands[i].args));
      }
    }
  }

  std::vector<Target> targets;

 private:
  static size_t Closing(const std::vector<Command>& commands, size_t open, const std::string& begin,
                        const std::string& end) {
    int depth = 0;
    for (size_t i = open; i < commands.size(); ++i) {
      if (commands[i].name == begin) ++depth;
      if (commands[i].name == end && --depth == 0) return i;
    }
    return commands.size() - 1;
  }

  void RunForeach(const std::vector<Command>& commands, size_t open, size_t close) {
    Words words = Expand(commands[open].args);
    if (words.empty()) return;
    const std::string variable = words[0];
    words.erase(words.begin());
    if (!words.empty() && words[0] == "IN") words.erase(words.begin(), words.begin() + 2);
    for (const std::string& word : words) {
      variables_[variable] = {word};
      Run(commands, open + 1, close);
    }
  }

  // A word that is one variable becomes its words; within a word it is put in its place.
  Words Expand(const Words& args) const {
    Words expanded;
    for (const std::string& arg : args) {
      const auto whole = arg.size() > 3 && absl::StartsWith(arg, "${") && arg.back() == '}'
                             ? variables_.find(arg.substr(2, arg.size() - 3))
                             : variables_.end();
      if (whole != variables_.end()) {
        expanded.insert(expanded.end(), whole->second.begin(), whole->second.end());
        continue;
      }
      std::string word = arg;
      for (const auto& [name, values] : variables_) {
        if (values.size() == 1) {
          absl::StrReplaceAll({{absl::StrCat("${", name, "}"), values[0]}}, &word);
        }
      }
      expanded.push_back(word);
    }
    return expanded;
  }

  void RunCommand(const std::string& name, const Words& args) {
    if (args.empty()) return;
    if (name == "set") {
      variables_[args[0]] = Words(args.begin() + 1, args.end());
    } else if (name == "list" && args.size() > 1 && args[0] == "APPEND") {
      Words& words = variables_[args[1]];
      words.insert(words.end(), args.begin() + 2, args.end());
    } else if (name == "target_link_libraries") {
      for (Target& target : targets) {
        if (target.name == args[0]) AddDeps(args, 1, &target);
      }
    } else if (name == "target_sources") {
      for (Target& target : targets) {
        if (target.name == args[0]) AddSources(args, &target);
      }
    } else if (name == "ff_library" || name == "ff_cuda_library" || name == "ff_program" ||
               name == "ff_bench" || name == "ff_test") {
      AddTarget(args);
    } else if (name == "add_library" && args.size() > 2 && args[1] == "OBJECT") {
      targets.push_back({args[0], cmake_file_, {}, {}});
      for (size_t i = 2; i < args.size(); ++i) AddSource(args[i], &targets.back());
    }
  }

  static bool IsScope(const std::string& word) {
    return word == "PUBLIC" || word == "PRIVATE" || word == "INTERFACE";
  }

  void AddSource(const std::string& word, Target* target) const {
    if (absl::StrContains(word, "$")) return;  // generated
    const std::filesystem::path path = std::filesystem::path(Folder(cmake_file_)) / word;
    target->srcs.push_back(path.lexically_normal().string());
  }

  void AddSources(const Words& args, Target* target) const {
    for (size_t i = 1; i < args.size(); ++i) {
      if (!IsScope(args[i])) AddSource(args[i], target);
    }
  }

  static void AddDeps(const Words& args, size_t begin, Target* target) {
    for (size_t i = begin; i < args.size(); ++i) {
      if (!IsScope(args[i])) target->deps.push_back(args[i]);
    }
  }

  void AddTarget(const Words& args) {
    Target target{args[0], cmake_file_, {}, {}};
    std::string part;
    for (size_t i = 1; i < args.size(); ++i) {
      if (args[i] == "SRCS" || args[i] == "DEPS" || args[i] == "LABELS" || args[i] == "TIMEOUT" ||
          args[i] == "COMPONENT") {
        part = args[i];
      } else if (part == "DEPS") {
        target.deps.push_back(args[i]);
      } else if (part == "SRCS") {
        AddSource(args[i], &target);
      }
    }
    targets.push_back(target);
  }

  const std::string cmake_file_;
  std::map<std::string, Words> variables_;
};

}  // namespace

std::vector<Target> ParseTargets(const std::string& cmake_file, const std::string& text) {
  const std::vector<Command> commands = Reader(text).Commands();
  Interpreter interpreter(cmake_file);
  interpreter.Run(commands, 0, commands.size());
  return interpreter.targets;
}

std::vector<Target> ReadTargets() {
  std::vector<Target> targets;
  for (const std::string& file : FilesBelow("")) {
    if (!absl::EndsWith(file, "/CMakeLists.txt")) continue;
    for (Target& target : ParseTargets(file, ReadText(file))) {
      targets.push_back(std::move(target));
    }
  }
  return targets;
}

}  // namespace ff::rooms
