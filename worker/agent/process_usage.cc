#include "worker/agent/process_usage.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"

namespace ff::agent {

// proc(5): the name, in parentheses, may hold anything; behind it state is field 3, utime and stime
// 14 and 15 in ticks, rss 24 in pages.
std::optional<ProcessUsage> ReadUsage(pid_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/stat"));
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  const size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0, kernel = 0, pages = 0;
  fields >> user >> kernel;
  for (int field = 16; field < 24; ++field) fields >> skipped;
  if (!(fields >> pages)) return std::nullopt;
  return ProcessUsage{pages * static_cast<double>(sysconf(_SC_PAGESIZE)),
                      (user + kernel) / static_cast<double>(sysconf(_SC_CLK_TCK))};
}

}  // namespace ff::agent
