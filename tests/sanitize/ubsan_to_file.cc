// GCC's UndefinedBehaviorSanitizer, linked beside AddressSanitizer, writes to standard error
// whatever log_path says, and a daemon's standard error is read by nobody. This function, which
// the library calls for each report, leaves a file where tests/sanitize/no_reports.sh looks for
// it. Linked into every program of a build with FF_SANITIZE=address;undefined.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

extern "C" {

// Of the library (ubsan/ubsan_monitor.h); no header of GCC's declares it.
void __ubsan_get_current_report_data(const char** kind, const char** message, const char** file,
                                     unsigned* line, unsigned* column, char** address);

void __ubsan_on_report() {
  const char* const folder = std::getenv("FF_SANITIZER_REPORTS");
  if (folder == nullptr) return;
  const char *kind = "", *message = "", *file = "";
  unsigned line = 0, column = 0;
  char* address = nullptr;
  __ubsan_get_current_report_data(&kind, &message, &file, &line, &column, &address);
  char path[4096];
  std::snprintf(path, sizeof(path), "%s/report.ubsan.%d", folder, getpid());
  if (std::FILE* out = std::fopen(path, "a")) {
    std::fprintf(out, "%s:%u:%u: %s: %s\n", file, line, column, kind, message);
    std::fclose(out);
  }
}

}  // extern "C"
