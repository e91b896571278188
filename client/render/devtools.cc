#include "client/render/devtools.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace ff::render {
namespace {

using nlohmann::json;

absl::StatusOr<json> ParseMessage(const std::string& text) {
  json message = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (message.is_object()) return message;
  return absl::InternalError("the browser sent something that is not JSON");
}

// Text at /a/b of `value`; empty where it is absent or no text.
std::string TextAt(const json& value, const char* pointer) {
  const json::json_pointer path(pointer);
  if (!value.contains(path) || !value.at(path).is_string()) return "";
  return value.at(path).get<std::string>();
}

}  // namespace

absl::StatusOr<DevtoolsPage> DevtoolsPage::Open(const std::string& browser_program,
                                                absl::Time deadline) {
  absl::StatusOr<std::unique_ptr<BrowserProcess>> process = BrowserProcess::Start(browser_program);
  if (!process.ok()) return process.status();
  DevtoolsPage page(*std::move(process));
  absl::StatusOr<json> target =
      page.Call("Target.createTarget", {{"url", "about:blank"}}, deadline);
  if (!target.ok()) return target.status();
  absl::StatusOr<json> session =
      page.Call("Target.attachToTarget",
                {{"targetId", TextAt(*target, "/targetId")}, {"flatten", true}}, deadline);
  if (!session.ok()) return session.status();
  page.session_ = TextAt(*session, "/sessionId");
  absl::StatusOr<json> enabled = page.Call("Page.enable", json::object(), deadline);
  if (!enabled.ok()) return enabled.status();
  return page;
}

absl::StatusOr<json> DevtoolsPage::Call(const std::string& method, const json& params,
                                        absl::Time deadline) {
  json request = {{"id", ++last_id_}, {"method", method}, {"params", params}};
  if (!session_.empty()) request["sessionId"] = session_;
  const std::string text = request.dump(-1, ' ', false, json::error_handler_t::replace);
  if (absl::Status sent = process_->Write(text, deadline); !sent.ok()) return sent;
  while (true) {
    absl::StatusOr<std::string> answer = process_->Read(deadline);
    if (!answer.ok()) return answer.status();
    absl::StatusOr<json> message = ParseMessage(*answer);
    if (!message.ok()) return message.status();
    if (message->value("id", 0) != last_id_) continue;  // an event nobody waits for
    if (message->contains("error")) {
      return absl::InternalError(
          absl::StrCat("the browser refused ", method, ": ", TextAt(*message, "/error/message")));
    }
    return message->value("result", json::object());
  }
}

absl::Status DevtoolsPage::WaitForEvent(const std::string& method, absl::Time deadline) {
  while (true) {
    absl::StatusOr<std::string> text = process_->Read(deadline);
    if (!text.ok()) return text.status();
    absl::StatusOr<json> message = ParseMessage(*text);
    if (!message.ok()) return message.status();
    if (message->value("method", "") == method) return absl::OkStatus();
  }
}

absl::Status DevtoolsPage::Navigate(const std::string& url, absl::Time deadline) {
  absl::StatusOr<json> answer = Call("Page.navigate", {{"url", url}}, deadline);
  if (!answer.ok()) return answer.status();
  const std::string error = TextAt(*answer, "/errorText");
  if (!error.empty()) {
    return absl::InternalError(absl::StrCat("the browser cannot load ", url, ": ", error));
  }
  return WaitForEvent("Page.loadEventFired", deadline);
}

absl::StatusOr<std::string> DevtoolsPage::Evaluate(const std::string& expression,
                                                   absl::Time deadline) {
  absl::StatusOr<json> answer =
      Call("Runtime.evaluate",
           {{"expression", expression}, {"awaitPromise", true}, {"returnByValue", true}}, deadline);
  if (!answer.ok()) return answer.status();
  if (answer->contains("exceptionDetails")) {
    std::string reason = TextAt(*answer, "/exceptionDetails/exception/description");
    if (reason.empty()) reason = TextAt(*answer, "/exceptionDetails/exception/value");
    if (reason.empty()) reason = TextAt(*answer, "/exceptionDetails/text");
    return absl::InternalError(absl::StrCat("the browser's page failed: ", reason));
  }
  return TextAt(*answer, "/result/value");
}

}  // namespace ff::render
