// The way to a coordinator for every program: plain, or over TLS, with a token or a client's
// certificate, and with the trace that calls belong to. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/channel.h"
#include "grpcpp/support/channel_arguments.h"

namespace ff::wire {

struct Dialing {
  bool tls = false;
  std::string ca;  // PEM of who signed the coordinator's certificate; empty: the system's
  std::string certificate, key;        // PEM of our own; empty: none is shown
  std::string server_name;             // expected in its certificate; empty: the address's host
  std::function<std::string()> token;  // asked at every call; empty, or giving "": none is shown
  std::string trace_id;                // 32 hex digits; empty: none
};

// INVALID_ARGUMENT: a token would travel in the clear beyond this host.
absl::Status CheckDialing(const std::string& address, const Dialing& dialing);

std::shared_ptr<grpc::Channel> Dial(const std::string& address, const Dialing& dialing,
                                    const grpc::ChannelArguments& arguments);

bool IsTraceId(const std::string& text);
// 32 random hex digits.
std::string NewTraceId();

}  // namespace ff::wire
