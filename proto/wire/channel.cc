#include "proto/wire/channel.h"

#include <random>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/client_interceptor.h"

namespace ff::wire {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;

std::string RandomHex(int digits) {
  thread_local std::random_device random;
  std::string hex;
  while (static_cast<int>(hex.size()) < digits) absl::StrAppendFormat(&hex, "%08x", random());
  return hex.substr(0, static_cast<size_t>(digits));
}

// Call credentials of gRPC need a channel with TLS; a token must also pass a Unix socket.
class AddMetadata final : public grpc::experimental::Interceptor {
 public:
  explicit AddMetadata(const Dialing* dialing) : dialing_(dialing) {}

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      auto* const metadata = methods->GetSendInitialMetadata();
      const std::string token = dialing_->token ? dialing_->token() : "";
      if (!token.empty()) metadata->insert({"authorization", absl::StrCat("Bearer ", token)});
      if (!dialing_->trace_id.empty()) {
        metadata->insert(
            {"traceparent", absl::StrCat("00-", dialing_->trace_id, "-", RandomHex(16), "-01")});
      }
    }
    methods->Proceed();
  }

 private:
  const Dialing* const dialing_;
};

class AddsMetadata final : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit AddsMetadata(Dialing dialing) : dialing_(std::move(dialing)) {}
  grpc::experimental::Interceptor* CreateClientInterceptor(
      grpc::experimental::ClientRpcInfo*) override {
    return new AddMetadata(&dialing_);
  }

 private:
  const Dialing dialing_;
};

bool IsOnThisHost(const std::string& address) {
  for (const char* prefix : {"unix:", "localhost:", "127.", "[::1]:"}) {
    if (absl::StartsWith(address, prefix)) return true;
  }
  return false;
}

}  // namespace

absl::Status CheckDialing(const std::string& address, const Dialing& dialing) {
  const bool secret = dialing.token && !dialing.token().empty();
  if (dialing.tls || !secret || IsOnThisHost(address)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the token would travel to ", address,
                   " in the clear; name the PEM file of the coordinator's authority (ca) for TLS"));
}

std::shared_ptr<grpc::Channel> Dial(const std::string& address, const Dialing& dialing,
                                    const grpc::ChannelArguments& given) {
  grpc::ChannelArguments arguments = given;
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  // A Unix socket is this host's own: the coordinator speaks no TLS there.
  if (dialing.tls && !absl::StartsWith(address, "unix:")) {
    credentials = grpc::SslCredentials({dialing.ca, dialing.key, dialing.certificate});
    if (!dialing.server_name.empty()) arguments.SetSslTargetNameOverride(dialing.server_name);
  }
  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(std::make_unique<AddsMetadata>(dialing));
  return grpc::experimental::CreateCustomChannelWithInterceptors(address, credentials, arguments,
                                                                 std::move(interceptors));
}

bool IsTraceId(const std::string& text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string NewTraceId() { return RandomHex(32); }

}  // namespace ff::wire
