// What stands before every RPC: who calls, whether he may (server/access/rules.cc), and the audit
// log of changes. A service's method is one call of Admit. Thread-safe.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/server_context.h>

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "server/access/caller.h"
#include "server/coordinator/access_control.h"

namespace ff::api {

class Door {
 public:
  // `access` outlives the door.
  explicit Door(coordinator::AccessControl* access) : access_(access) {}

  // verb(caller) -> grpc::Status, if the caller may call `rpc` ("SweepService.GetSweep"); else the
  // refusal, and `verb` is not run.
  template <typename Verb>
  grpc::Status Admit(grpc::ServerContext* context, const char* rpc,
                     const google::protobuf::Message& request, Verb verb) const {
    const absl::StatusOr<Visit> visit = Enter(*context, rpc, request);
    if (!visit.ok()) return Refuse(context, rpc, visit.status());
    grpc::Status status = verb(visit->caller);
    Leave(*visit, rpc, status);
    return status;
  }

  // Verbs that are about access itself.
  coordinator::AccessControl& access() const { return *access_; }

 private:
  struct Visit {
    access::Caller caller;
    int64_t change = 0;  // its entry in the audit log; 0: it is none
  };
  absl::StatusOr<Visit> Enter(const grpc::ServerContext& context, const char* rpc,
                              const google::protobuf::Message& request) const;
  grpc::Status Refuse(grpc::ServerContext* context, const char* rpc,
                      const absl::Status& status) const;
  void Leave(const Visit& visit, const char* rpc, const grpc::Status& status) const;

  coordinator::AccessControl* const access_;
};

}  // namespace ff::api
