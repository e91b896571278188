// ffctl doctor: whether everything is in place, and how to mend what is not.
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/files.h"
#include "client/local/process.h"
#include "client/print/numbers.h"
#include "client/render/find.h"
#include "conf/load/load.h"
#include "nlohmann/json.hpp"

namespace ff::client {
namespace {

enum class Verdict { kGood, kRemark, kBad };

struct Finding {
  std::string what;
  Verdict verdict = Verdict::kGood;
  std::string detail, mend;
};
using Findings = std::vector<Finding>;

constexpr double kLowSpace = 2e9;

void CheckPrograms(Session& session, Findings* findings) {
  const struct {
    const char* name;
    bool needed;
    const char* without;
  } programs[] = {
      {"ff-coordinator", true, "nothing can be planned or trained"},
      {"ff-worker", true, "this host cannot train"},
      {"ff-trainer", false, "this host trains only with mode=synthetic or a command of yours"},
      {"ff-trainer-synthetic", false, "mode=synthetic does not run here"}};
  for (const auto& program : programs) {
    const absl::StatusOr<std::string> path =
        FindProgram(program.name, ProgramFolder(), session.env()("PATH"));
    if (path.ok()) {
      findings->push_back({program.name, Verdict::kGood, *path, ""});
    } else {
      findings->push_back({program.name, program.needed ? Verdict::kBad : Verdict::kRemark,
                           absl::StrCat("not found: ", program.without), "./flops-fit.sh build"});
    }
  }
}

// A GPU is a device file of the driver; what it can do, the worker finds out.
void CheckDevices(Findings* findings) {
  const unsigned cores = std::max(std::thread::hardware_concurrency(), 1U);
  const double memory =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  findings->push_back(
      {"cpu", Verdict::kGood, absl::StrCat(Plural(cores, "core"), ", ", HumanBytes(memory)), ""});
  int gpus = 0;
  std::error_code error;
  while (std::filesystem::exists(absl::StrCat("/dev/nvidia", gpus), error)) ++gpus;
  findings->push_back(gpus > 0 ? Finding{"gpu", Verdict::kGood, Plural(gpus, "NVIDIA GPU"), ""}
                               : Finding{"gpu", Verdict::kRemark, "none: training is on the CPU",
                                         "install NVIDIA's driver, if this host has a GPU"});
}

void CheckCoordinator(Session& session, const std::string& own_version, Findings* findings) {
  const absl::StatusOr<bool> is_private = session.IsPrivate();
  if (!is_private.ok()) {
    findings->push_back({"coordinator", Verdict::kBad, std::string(is_private.status().message()),
                         NextOf(is_private.status())});
    return;
  }
  if (*is_private) {
    const absl::StatusOr<LocalCoordinator*> local = session.Local();
    if (local.ok() && !(*local)->Status().coordinator.running) {
      findings->push_back({"coordinator", Verdict::kGood, "private, not running",
                           "ffctl up   (other commands start it by themselves)"});
      return;
    }
  }
  const absl::StatusOr<CoordinatorClient*> client = session.Client();
  const absl::StatusOr<v1::Info> info =
      client.ok() ? (*client)->GetInfo() : absl::StatusOr<v1::Info>(client.status());
  if (!info.ok()) {
    findings->push_back({"coordinator", Verdict::kBad, std::string(info.status().message()),
                         *is_private ? "ffctl down, then ffctl up; the logs say more"
                                     : "start it there, or: ffctl context use none"});
    return;
  }
  const bool same = info->version() == own_version;
  findings->push_back(
      {"coordinator", same ? Verdict::kGood : Verdict::kRemark,
       absl::StrCat((*client)->address(), ", version ", info->version()),
       same ? "" : absl::StrCat("ffctl is ", own_version, ": bring both to one version")});
  findings->push_back(
      info->workers_alive() > 0
          ? Finding{"workers", Verdict::kGood, absl::StrCat(info->workers_alive(), " alive"), ""}
          : Finding{"workers", Verdict::kRemark, "none is alive: nothing is trained",
                    "ff-worker coordinator=" + (*client)->address()});
  findings->push_back(
      info->http_address().empty()
          ? Finding{"dashboard", Verdict::kRemark, "off", "listen.http=127.0.0.1:7411"}
          : Finding{"dashboard", Verdict::kGood, DashboardUrl(info->http_address()), ""});
}

void CheckDrawing(Findings* findings) {
  const absl::StatusOr<std::string> browser = render::FindBrowser("");
  findings->push_back(browser.ok() ? Finding{"browser", Verdict::kGood, *browser, ""}
                                   : Finding{"browser", Verdict::kRemark,
                                             "no Chromium: no PNG and SVG of figures",
                                             "apt-get install chromium"});
  const absl::StatusOr<std::string> plotly = render::FindPlotly();
  findings->push_back(plotly.ok() ? Finding{"plotly.js", Verdict::kGood, *plotly, ""}
                                  : Finding{"plotly.js", Verdict::kRemark, "not built: no plots",
                                            "apt-get install npm gzip, then ./flops-fit.sh build"});
}

void CheckSpace(Session& session, Findings* findings) {
  const absl::StatusOr<LocalCoordinator*> local = session.Local();
  if (!local.ok()) {
    findings->push_back(
        {"state", Verdict::kBad, std::string(local.status().message()), "set HOME"});
    return;
  }
  std::filesystem::path folder = (*local)->folder().path;
  std::error_code error;
  while (!std::filesystem::exists(folder, error) && folder != folder.root_path()) {
    folder = folder.parent_path();
  }
  if (access(folder.c_str(), W_OK) != 0) {
    findings->push_back({"state", Verdict::kBad, (*local)->folder().path + " cannot be written",
                         "chown it, or set XDG_STATE_HOME to a folder of yours"});
    return;
  }
  struct statvfs space {};
  const bool known = statvfs(folder.c_str(), &space) == 0;
  const double free = static_cast<double>(space.f_bavail) * static_cast<double>(space.f_frsize);
  const std::string detail = absl::StrCat((*local)->folder().path, ", ", HumanBytes(free), " free");
  findings->push_back(known && free < kLowSpace ? Finding{"state", Verdict::kRemark, detail,
                                                          "free some space: checkpoints need it"}
                                                : Finding{"state", Verdict::kGood, detail, ""});
}

// The data of the presets: what a first `ffctl train --preset` would look for.
void CheckData(Session& session, Findings* findings) {
  for (const std::string& preset : conf::PresetNames()) {
    const auto config = conf::LoadConfig({.files = {preset}, .stage = "trainer"});
    if (!config.ok() || config->trainer().dataset().path().empty()) continue;
    const std::string path = AbsolutePath(config->trainer().dataset().path(), session.cwd());
    std::error_code error;
    const auto bytes = std::filesystem::file_size(path, error);
    findings->push_back(
        error ? Finding{"data " + preset, Verdict::kRemark, path + " is not there",
                        "./flops-fit.sh setup fetches it, or dataset.path=FILE"}
              : Finding{"data " + preset, Verdict::kGood,
                        absl::StrCat(path, ", ", HumanBytes(static_cast<double>(bytes))), ""});
  }
}

const char* WordOf(Verdict verdict) {
  return verdict == Verdict::kGood ? "ok" : verdict == Verdict::kRemark ? "note" : "bad";
}

void Print(Session& session, const Findings& findings) {
  if (session.wants_data()) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Finding& one : findings) {
      list.push_back({{"check", one.what},
                      {"verdict", WordOf(one.verdict)},
                      {"detail", one.detail},
                      {"mend", one.mend}});
    }
    const nlohmann::ordered_json root = {{"apiVersion", "ff/v1"}, {"checks", list}};
    session.PrintData(root.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    return;
  }
  const Style style = session.out_style();
  for (const Finding& one : findings) {
    const std::string word = WordOf(one.verdict);
    session.out() << (one.verdict == Verdict::kGood     ? style.Green(word + "   ")
                      : one.verdict == Verdict::kRemark ? style.Yellow(word + " ")
                                                        : style.Red(word + "  "))
                  << " " << one.what
                  << std::string(one.what.size() < 22 ? 22 - one.what.size() : 1, ' ')
                  << VisibleLine(one.detail) << "\n";
    if (!one.mend.empty()) session.out() << "      mend: " << VisibleLine(one.mend) << "\n";
  }
}

absl::StatusOr<Exit> Run(Session& session, const Arguments&) {
  Findings findings;
  CheckPrograms(session, &findings);
  CheckDevices(&findings);
  CheckCoordinator(session, FF_VERSION, &findings);
  CheckDrawing(&findings);
  CheckSpace(session, &findings);
  CheckData(session, &findings);
  Print(session, findings);
  for (const Finding& one : findings) {
    if (one.verdict == Verdict::kBad) return Exit::kError;
  }
  return Exit::kOk;
}

}  // namespace

Command DoctorCommand() {
  return {.noun = "doctor",
          .summary = "Check installation, devices, coordinator, browser and data",
          .details = "Says how to mend what is missing. Exit code 1: something needed is.",
          .run = Run};
}

}  // namespace ff::client
