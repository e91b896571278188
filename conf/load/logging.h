// Sets up the process's default spdlog logger; the only file besides logging.cc that a
// program needs for it. Not thread-safe: call once from main.
#pragma once

#include <string>

namespace ff::conf {

// level: trace | debug | info | warning | error. Lines go to standard error as
// "2026-01-31T12:00:00.123Z info coordinator: text".
void SetUpLogging(const std::string& program, const std::string& level);

}  // namespace ff::conf
