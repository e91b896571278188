// ffctl in the test's own process: words in; exit code, standard output and standard error
// out. Home, environment and folder are the test's.
#pragma once

#include <atomic>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "client/commands/all.h"
#include "client/session.h"
#include "tests/client/temp_dir.h"

namespace ff::client {

struct Ran {
  int code = -1;
  std::string out, err;
};

class CommandLine {
 public:
  CommandLine() { env["HOME"] = home.path(); }

  Ran Run(const std::vector<std::string>& words) {
    std::ostringstream out, err;
    std::istringstream in(answer);
    Session::Surroundings surroundings;
    surroundings.out = &out;
    surroundings.err = &err;
    surroundings.in = answer.empty() ? nullptr : &in;
    surroundings.env = [this](const std::string& name) {
      const auto it = env.find(name);
      return it == env.end() ? std::string() : it->second;
    };
    surroundings.cwd = home.path();
    surroundings.interrupted = &interrupted;
    Session session(surroundings);
    const int code = RunCommandLine(AllCommands(), words, session);
    return {code, out.str(), err.str()};
  }

  TempDir home;
  std::map<std::string, std::string> env;
  std::string answer;  // on standard input; empty: no terminal
  std::atomic<bool> interrupted{false};
};

}  // namespace ff::client
