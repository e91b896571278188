// ffctl status: what runs where. Starts nothing.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/commands/sweep_table.h"
#include "nlohmann/json.hpp"

namespace ff::client {
namespace {

struct Facts {
  bool is_private = false;
  std::string address, state_folder;
  PairStatus pair;
  absl::StatusOr<v1::Info> info = absl::UnavailableError("not asked");
  v1::ListSweepsResponse sweeps;
};

std::string Running(const RoleStatus& role) {
  return role.running ? absl::StrCat("running (pid ", role.pid, ")") : "not running";
}

void PrintForPeople(Session& session, const Facts& facts) {
  std::ostream& out = session.out();
  const Style style = session.out_style();
  if (facts.is_private) {
    out << "coordinator  private, " << Running(facts.pair.coordinator) << "\n"
        << "worker       private, " << Running(facts.pair.worker) << "\n"
        << "state        " << facts.state_folder << "\n";
  }
  out << "address      " << VisibleLine(facts.address) << "\n";
  if (facts.info.ok()) {
    out << "dashboard    " << VisibleLine(DashboardUrl(facts.info->http_address())) << "\n"
        << "version      " << VisibleLine(facts.info->version()) << "\n"
        << "sweeps       " << facts.info->sweeps() << "\n"
        << "workers      " << facts.info->workers_alive() << " alive\n";
    if (facts.info->has_provisioning()) {
      const v1::Provisioning& jobs = facts.info->provisioning();
      std::string kind = VisibleLine(jobs.kind());
      kind.resize(std::max<size_t>(kind.size() + 1, 13), ' ');
      out << kind << jobs.running() << " running, " << jobs.pending() << " pending, at most "
          << jobs.max() << "\n"
          << "             " << (jobs.failing() ? "does not answer: " : "")
          << VisibleLine(jobs.message()) << "\n";
    }
    PrintWaiting(session, facts.sweeps.sweeps());
  } else if (facts.is_private && !facts.pair.coordinator.running) {
    out << style.Dim("start it with: ffctl up   (other commands do so by themselves)") << "\n";
  }
}

void PrintJson(Session& session, const Facts& facts) {
  nlohmann::ordered_json root = {{"apiVersion", "ff/v1"},
                                 {"private", facts.is_private},
                                 {"address", facts.address},
                                 {"reachable", facts.info.ok()}};
  if (facts.is_private) {
    root["state_folder"] = facts.state_folder;
    root["coordinator"] = {{"running", facts.pair.coordinator.running},
                           {"pid", facts.pair.coordinator.pid}};
    root["worker"] = {{"running", facts.pair.worker.running}, {"pid", facts.pair.worker.pid}};
  }
  if (facts.info.ok()) {
    root["version"] = facts.info->version();
    root["dashboard"] = DashboardUrl(facts.info->http_address());
    root["sweeps"] = facts.info->sweeps();
    root["workers_alive"] = facts.info->workers_alive();
    if (facts.info->has_provisioning()) {
      const v1::Provisioning& jobs = facts.info->provisioning();
      root["provisioning"] = {{"kind", jobs.kind()},       {"running", jobs.running()},
                              {"pending", jobs.pending()}, {"wanted", jobs.wanted()},
                              {"max", jobs.max()},         {"message", jobs.message()},
                              {"failing", jobs.failing()}};
    }
    root["waiting"] = nlohmann::json::array();
    for (const v1::Sweep& sweep : facts.sweeps.sweeps()) {
      if (sweep.waiting_reason().empty()) continue;
      root["waiting"].push_back(
          {{"sweep", sweep.id()}, {"name", sweep.name()}, {"reason", sweep.waiting_reason()}});
    }
  }
  session.PrintData(root.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

absl::StatusOr<Exit> Run(Session& session, const Arguments&) {
  Facts facts;
  const absl::StatusOr<bool> is_private = session.IsPrivate();
  if (!is_private.ok()) return is_private.status();
  facts.is_private = *is_private;
  if (facts.is_private) {
    const absl::StatusOr<LocalCoordinator*> local = session.Local();
    if (!local.ok()) return local.status();
    facts.pair = (*local)->Status();
    facts.state_folder = (*local)->folder().path;
  }
  const absl::StatusOr<CoordinatorClient*> client = session.Client();
  if (!client.ok()) return client.status();
  facts.address = (*client)->address();
  if (!facts.is_private || facts.pair.coordinator.running) facts.info = (*client)->GetInfo();
  if (facts.info.ok()) {
    absl::StatusOr<v1::ListSweepsResponse> sweeps = (*client)->ListSweeps();
    if (!sweeps.ok()) return sweeps.status();
    facts.sweeps = *std::move(sweeps);
  }
  if (session.wants_data()) {
    PrintJson(session, facts);
  } else {
    PrintForPeople(session, facts);
  }
  // A coordinator that should be there and does not answer is an error; a private one that
  // was never started is not.
  const bool expected = !facts.is_private || facts.pair.coordinator.running;
  if (expected && !facts.info.ok()) {
    return WithNext(facts.info.status(), "ffctl down, then repeat   (or see the logs)");
  }
  return Exit::kOk;
}

}  // namespace

Command StatusCommand() {
  return {.noun = "status", .summary = "Say what runs, where, and what it has", .run = Run};
}

}  // namespace ff::client
