// key.path=value words of a command line, onto a configuration. Pure; not thread-safe.
#pragma once

#include <string>

#include "conf/load/message_reader.h"
#include "conf/load/problems.h"
#include "ff/v1/config.pb.h"

namespace ff::conf {

// The path is looked up as LoadOptions::overrides says; `stage` may be empty. The value is
// taken as it stands (the shell has removed its quotes); a list is [a, b] or a,b.
void ApplyOverride(const std::string& word, const std::string& stage, v1::FlopsFitConfig* config,
                   Problems* problems, Origins* origins);

}  // namespace ff::conf
