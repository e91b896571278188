// Long output on a terminal, a screen at a time. For one thread.
#pragma once

#include <string>

#include "client/settings.h"

namespace ff::client {

// FFCTL_PAGER, else PAGER; empty: none is wanted ("cat" is none, too).
std::string PagerCommand(const Environment& env);

// Lines that `text` takes on a terminal of so many columns, escape sequences not counted.
size_t ScreenLines(const std::string& text, size_t columns);

// Runs the command by the shell with `text` as its input and waits for it; LESS=FRX where LESS is
// not set, so that colours are shown and a short text needs no key. False: it could not be started.
bool Page(const std::string& command, const std::string& text);

}  // namespace ff::client
