// A page in a headless browser, driven by the Chrome DevTools protocol: open it, run
// JavaScript in it, get the value back. Ends the browser when it goes. Not thread-safe.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/render/browser_process.h"
#include "nlohmann/json.hpp"

namespace ff::render {

class DevtoolsPage {
 public:
  // Starts `browser_program` and opens an empty page. Errors of BrowserProcess.
  static absl::StatusOr<DevtoolsPage> Open(const std::string& browser_program, absl::Time deadline);

  // Loads `url` and waits until its load event. INTERNAL: it can't be loaded.
  absl::Status Navigate(const std::string& url, absl::Time deadline);

  // Value of a JavaScript expression that gives a string, or a promise of one. INTERNAL
  // with the page's message when it throws.
  absl::StatusOr<std::string> Evaluate(const std::string& expression, absl::Time deadline);

  const BrowserProcess& process() const { return *process_; }

 private:
  explicit DevtoolsPage(std::unique_ptr<BrowserProcess> process) : process_(std::move(process)) {}
  absl::StatusOr<nlohmann::json> Call(const std::string& method, const nlohmann::json& params,
                                      absl::Time deadline);
  absl::Status WaitForEvent(const std::string& method, absl::Time deadline);

  std::unique_ptr<BrowserProcess> process_;
  std::string session_;  // empty until a page is attached
  int last_id_ = 0;
};

}  // namespace ff::render
