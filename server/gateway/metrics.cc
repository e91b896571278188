#include "server/gateway/metrics.h"

#include <cmath>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace ff::gateway {
namespace {

class Text {
 public:
  void Begin(absl::string_view name, absl::string_view type, absl::string_view help) {
    absl::StrAppend(&text_, "# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n");
  }
  template <typename Number>
  void Add(absl::string_view name, absl::string_view labels, Number value) {
    absl::StrAppend(&text_, name, labels.empty() ? "" : "{", labels, labels.empty() ? "" : "}", " ",
                    value, "\n");
  }
  template <typename Number>
  void One(absl::string_view name, absl::string_view type, absl::string_view help, Number value) {
    Begin(name, type, help);
    Add(name, "", value);
  }
  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

void AddDevices(const coordinator::Metrics& metrics, Text* text) {
  using Devices = coordinator::Metrics::Devices;
  const std::tuple<const char*, const char*, int Devices::*> figures[] = {
      {"ff_devices", "Devices of workers that are alive.", &Devices::count},
      {"ff_device_slots", "Experiments that these devices hold at once.", &Devices::slots},
      {"ff_device_slots_free", "Of these slots, those that are free.", &Devices::free_slots},
      {"ff_devices_out_of_use", "Devices that are quarantined or faulty.", &Devices::out_of_use}};
  for (const auto& [name, help, figure] : figures) {
    text->Begin(name, "gauge", help);
    for (const auto& [kind, devices] : metrics.devices) {
      text->Add(name, absl::StrCat("kind=\"", kind, "\""), devices.*figure);
    }
  }
}

void AddWrites(const coordinator::Metrics& metrics, Text* text) {
  text->One("ff_writes_waiting", "gauge", "Writes in the queue of the database.",
            metrics.writes_waiting);
  text->One("ff_commits_total", "counter", "Transactions that writes were committed in.",
            metrics.commits);
  constexpr char kName[] = "ff_write_seconds";
  text->Begin(kName, "histogram", "From a write's being queued to its being durable.");
  for (const auto& [bound, count] : metrics.write_times) {
    const std::string limit = std::isinf(bound) ? "+Inf" : absl::StrCat(bound);
    text->Add(absl::StrCat(kName, "_bucket"), absl::StrCat("le=\"", limit, "\""), count);
  }
  text->Add(absl::StrCat(kName, "_sum"), "", metrics.write_seconds);
  text->Add(absl::StrCat(kName, "_count"), "", metrics.write_times.back().second);
}

}  // namespace

Response MetricsReply(const coordinator::Metrics& metrics) {
  Text text;
  text.Begin("ff_experiments", "gauge", "Experiments that wait, are leased, or run.");
  text.Add("ff_experiments", "state=\"waiting\"", metrics.waiting);
  text.Add("ff_experiments", "state=\"leased\"", metrics.leased);
  text.Add("ff_experiments", "state=\"running\"", metrics.running);
  text.One("ff_sweeps_waiting", "gauge", "Active sweeps with something waiting.",
           metrics.sweeps_waiting);
  text.One("ff_workers", "gauge", "Workers that ever reported.", metrics.workers);
  text.One("ff_workers_alive", "gauge", "Workers heard of within a lease's length.",
           metrics.workers_alive);
  text.One("ff_leases", "gauge", "Leases that workers hold.", metrics.leased + metrics.running);
  text.One("ff_synchronizations_total", "counter", "Calls of workers since the start.",
           metrics.synchronizations);
  text.One("ff_measurements_total", "counter", "Measurements taken in since the start.",
           metrics.measurements);
  AddDevices(metrics, &text);
  AddWrites(metrics, &text);
  return {200,
          "text/plain; version=0.0.4; charset=utf-8",
          std::move(text).text(),
          {{"Cache-Control", "no-store"}}};
}

}  // namespace ff::gateway
