// What a change is about, for the audit log: the sweep, experiment, worker, device, name or token
// that the request names. Pure.
#pragma once

#include <google/protobuf/message.h>

#include <string>

namespace ff::convert {

// "demo", "demo 1234abcd" (sweep and experiment), "" where the request names nothing.
std::string SubjectOf(const google::protobuf::Message& request);

}  // namespace ff::convert
