// Speaks the trainer protocol to the agent and REST to a service that trains
// (docs/own-trainer.md has the contract): submits the plan, polls for what was measured, cancels.
// Every request may be repeated and counts once, so that one that was lost is sent again. For
// one thread; Run returns when there is nothing more to read.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "worker/protocol/reader.h"
#include "worker/protocol/writer.h"

namespace ff::http {

struct HttpTrainerOptions {
  std::string url;                              // http://HOST:PORT/BASE
  absl::Duration poll = absl::Seconds(1);       // between questions
  absl::Duration patience = absl::Minutes(10);  // with a service that does not answer
};

class HttpTrainer {
 public:
  // Neither descriptor is owned.
  HttpTrainer(int orders_fd, int reports_fd, HttpTrainerOptions options);

  // Says hello and serves orders. OK: the agent is gone. INVALID_ARGUMENT: a URL or an order that
  // is none. UNAVAILABLE: a pipe is broken.
  absl::Status Run();

 private:
  // An answer of the service as JSON. UNAVAILABLE: it did not answer in time. FAILED_PRECONDITION:
  // it refused (4xx), and what it said.
  absl::StatusOr<nlohmann::json> Ask(const std::string& method, const std::string& path,
                                     const std::string& body);
  absl::Status Train(const protocol::StartOrder& order);
  absl::Status Follow(const protocol::StartOrder& order, const std::string& path);
  // Hands the reports on; `over` once the training has ended and that was said.
  absl::Status HandOn(const nlohmann::json& answer, const protocol::StartOrder& order, bool* over);
  absl::Status Fail(const std::string& kind, const std::string& message);
  // Orders that came while it trains; true: stop.
  absl::StatusOr<bool> Heed(absl::Duration wait);

  protocol::Reader reader_;
  protocol::Writer writer_;
  const HttpTrainerOptions options_;
  std::string host_, base_;
  int64_t step_ = 0;
};

}  // namespace ff::http
