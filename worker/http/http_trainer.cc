#include "worker/http/http_trainer.h"

#include <httplib.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace ff::http {
namespace {

using nlohmann::json;
using protocol::Report;

constexpr absl::Duration kFirstPause = absl::Milliseconds(200), kLongestPause = absl::Seconds(10);

// Said to the agent already: this experiment is over, the next may come.
absl::Status Reported() { return absl::AbortedError("reported"); }

std::string Shortened(const std::string& text) { return text.substr(0, 1000); }

// `key` of an object as text; empty where there is none.
std::string TextOf(const json& object, const char* key) {
  const auto field = object.is_object() ? object.find(key) : object.end();
  return field != object.end() && field->is_string() ? field->get<std::string>() : "";
}

}  // namespace

HttpTrainer::HttpTrainer(int orders_fd, int reports_fd, HttpTrainerOptions options)
    : reader_(orders_fd), writer_(reports_fd), options_(std::move(options)) {
  const size_t scheme = options_.url.find("://");
  const size_t slash =
      scheme == std::string::npos ? std::string::npos : options_.url.find('/', scheme + 3);
  host_ = options_.url.substr(0, slash);
  base_ = slash == std::string::npos ? "" : options_.url.substr(slash);
  while (absl::EndsWith(base_, "/")) base_.pop_back();
}

absl::Status HttpTrainer::Run() {
  if (!absl::StartsWith(options_.url, "http://")) {
    return absl::InvalidArgumentError(
        absl::StrCat(options_.url, " is no http:// URL; trainers.http names one"));
  }
  absl::Status status =
      writer_.Write(Report(protocol::Hello{protocol::kProtocolVersion, "ff-trainer-http", {}}));
  while (status.ok()) {
    const absl::StatusOr<protocol::Order> order = reader_.NextOrder();
    status = order.status();
    if (!status.ok()) break;
    if (const auto* start = std::get_if<protocol::StartOrder>(&*order)) status = Train(*start);
    if (absl::IsAborted(status)) status = absl::OkStatus();
  }
  return absl::IsOutOfRange(status) ? absl::OkStatus() : status;
}

absl::StatusOr<json> HttpTrainer::Ask(const std::string& method, const std::string& path,
                                      const std::string& body) {
  const absl::Time deadline = absl::Now() + options_.patience;
  std::string why;
  for (absl::Duration pause = kFirstPause;; pause = std::min(kLongestPause, 2 * pause)) {
    httplib::Client client(host_);
    client.set_connection_timeout(10);
    client.set_read_timeout(60);
    const std::string full = base_ + path;
    httplib::Result answer = method == "PUT"      ? client.Put(full, body, "application/json")
                             : method == "DELETE" ? client.Delete(full)
                                                  : client.Get(full);
    if (answer && answer->status / 100 == 2) {
      json parsed = json::parse(answer->body, nullptr, /*allow_exceptions=*/false);
      if (!parsed.is_discarded()) return parsed;
      why = absl::StrCat("its answer is no JSON: ", Shortened(answer->body));
    } else if (answer && answer->status / 100 == 4 && answer->status != 429) {
      return absl::FailedPreconditionError(
          absl::StrCat(method, " ", full, ": ", answer->status, " ", Shortened(answer->body)));
    } else {
      why = answer ? absl::StrCat(answer->status, " ", Shortened(answer->body))
                   : httplib::to_string(answer.error());
    }
    if (absl::Now() + pause > deadline) {
      return absl::UnavailableError(absl::StrCat(method, " ", host_, full, ": ", why));
    }
    absl::SleepFor(pause);
  }
}

absl::Status HttpTrainer::Train(const protocol::StartOrder& order) {
  step_ = 0;
  const std::string path = absl::StrCat("/trainings/", order.attempt_id);
  const json body = {{"attempt_id", order.attempt_id},
                     {"plan", json::parse(protocol::ToJson(order.plan))},
                     {"data_path", order.data_path},
                     {"checkpoint_dir", order.checkpoint_dir},
                     {"resume", order.resume}};
  const absl::StatusOr<json> taken = Ask("PUT", path, body.dump());
  if (absl::IsFailedPrecondition(taken.status())) {
    return Fail("bad_plan", std::string(taken.status().message()));
  }
  if (!taken.ok()) return Fail("internal", std::string(taken.status().message()));
  absl::Status followed = Follow(order, path);
  // Whatever ended it, the service is to keep nothing of it; that it does not is not ours to mend.
  if (!absl::IsUnavailable(followed)) Ask("DELETE", path, "").status().IgnoreError();
  return followed;
}

absl::Status HttpTrainer::Follow(const protocol::StartOrder& order, const std::string& path) {
  absl::Status status = writer_.Write(
      Report(protocol::Started{order.attempt_id, order.plan.parameters, /*resumed_from_step=*/0}));
  int64_t after = 0;
  while (status.ok()) {
    const absl::StatusOr<json> answer = Ask("GET", absl::StrCat(path, "?after=", after), "");
    if (!answer.ok()) return Fail("internal", std::string(answer.status().message()));
    const auto next = answer->is_object() ? answer->find("next") : answer->end();
    if (next != answer->end() && next->is_number_integer()) after = next->get<int64_t>();
    bool over = false;
    status = HandOn(*answer, order, &over);
    if (!status.ok() || over) return status;
    const absl::StatusOr<bool> stop = Heed(options_.poll);
    if (!stop.ok()) return stop.status();
    if (*stop) return writer_.Write(Report(protocol::Stopped{step_}));
  }
  return status;
}

absl::Status HttpTrainer::HandOn(const json& answer, const protocol::StartOrder& order,
                                 bool* over) {
  const auto reports = answer.is_object() ? answer.find("reports") : answer.end();
  const json none = json::array();
  for (const json& line : reports != answer.end() && reports->is_array() ? *reports : none) {
    const absl::StatusOr<Report> report = protocol::ParseReport(line.dump());
    if (!report.ok()) return Fail("internal", std::string(report.status().message()));
    const auto* measured = std::get_if<protocol::Measurement>(&*report);
    const auto* evaluated = std::get_if<protocol::Evaluation>(&*report);
    if (measured != nullptr) step_ = std::max(step_, measured->step);
    if (measured == nullptr && evaluated == nullptr) continue;
    if (absl::Status told = writer_.Write(*report); !told.ok()) return told;
  }
  const std::string state = TextOf(answer, "state");
  *over = state == "finished" || state == "failed";
  if (state == "finished") {
    json result = answer.value("result", json::object());
    result["type"] = "finished";
    const absl::StatusOr<Report> finished = protocol::ParseReport(result.dump());
    if (!finished.ok()) return Fail("internal", std::string(finished.status().message()));
    return writer_.Write(*finished);
  }
  if (state == "failed") {
    const json failure = answer.value("failure", json::object());
    const std::string kind = TextOf(failure, "kind");
    return Fail(kind.empty() ? "internal" : kind, TextOf(failure, "message"));
  }
  if (state == "running" || state == "waiting") return absl::OkStatus();
  return Fail("internal", absl::StrCat("training ", order.attempt_id, " is in the state '", state,
                                       "'; there are waiting, running, finished, failed"));
}

absl::StatusOr<bool> HttpTrainer::Heed(absl::Duration wait) {
  const absl::Time until = absl::Now() + wait;
  while (true) {
    const absl::Duration left = std::max(until - absl::Now(), absl::ZeroDuration());
    const absl::StatusOr<protocol::Order> order = reader_.NextOrder(left);
    if (absl::IsDeadlineExceeded(order.status())) return false;
    if (!order.ok()) return order.status();
    if (std::holds_alternative<protocol::StopOrder>(*order)) return true;
    if (std::holds_alternative<protocol::StartOrder>(*order)) {
      return absl::InvalidArgumentError("told to start while it trains another experiment");
    }
  }
}

absl::Status HttpTrainer::Fail(const std::string& kind, const std::string& message) {
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  absl::Status told = writer_.Write(Report(protocol::Failed{kind, message, step_, unknown}));
  return told.ok() ? Reported() : told;
}

}  // namespace ff::http
