#include "server/access/rules.h"

#include "absl/container/flat_hash_map.h"

namespace ff::access {
namespace {

constexpr RoleSet kReaders = {Role::kViewer, Role::kOperator, Role::kAdmin};
constexpr RoleSet kOperators = {Role::kOperator, Role::kAdmin};
constexpr RoleSet kAdmins = {Role::kAdmin};
constexpr RoleSet kWorkers = {Role::kWorker};
// Files are asked for by the SHA-256 of their content, which only who was told it knows.
constexpr RoleSet kMovers = {Role::kWorker, Role::kOperator, Role::kAdmin};
constexpr RoleSet kAnybody = {Role::kViewer, Role::kOperator, Role::kWorker, Role::kAdmin};

}  // namespace

const std::vector<Rule>& Rules() {
  static const auto* const kRules = new std::vector<Rule>{
      {"SweepService.PlanSweep", kReaders},
      {"SweepService.PlanNext", kReaders},
      {"SweepService.ListSweeps", kReaders},
      {"SweepService.GetSweep", kReaders},
      {"SweepService.ExportSweep", kReaders},
      // Looks at the files of the coordinator's host.
      {"SweepService.ReadSpec", kOperators},
      {"SweepService.CreateSweep", kOperators, false, true},
      {"SweepService.PauseSweep", kOperators, false, true},
      {"SweepService.ResumeSweep", kOperators, false, true},
      {"SweepService.CancelSweep", kOperators, false, true},
      {"SweepService.UpdateSweep", kOperators, false, true},
      {"SweepService.DeleteSweep", kOperators, false, true},
      {"SweepService.ImportSweep", kOperators, false, true},
      {"ExperimentService.ListExperiments", kReaders},
      {"ExperimentService.GetExperiment", kReaders},
      {"ExperimentService.ListCurves", kReaders},
      {"ExperimentService.ListAttempts", kReaders},
      {"ExperimentService.ListMeasurements", kReaders},
      {"ExperimentService.ListSystemSamples", kReaders},
      {"ExperimentService.GetLogs", kReaders},
      {"ExperimentService.ListEvents", kReaders},
      {"ExperimentService.RetryExperiment", kOperators, false, true},
      {"ExperimentService.DeleteExperiment", kOperators, false, true},
      // Once every few seconds of each worker: its events tell what came of it, not the audit log.
      {"WorkerService.Synchronize", kWorkers},
      {"WorkerService.ListWorkers", kReaders},
      {"WorkerService.DrainWorker", kOperators, false, true},
      {"WorkerService.QuarantineWorker", kOperators, false, true},
      {"WorkerService.UncordonWorker", kOperators, false, true},
      // Stores a law in the place of the one before.
      {"AnalysisService.AnalyzeSweep", kOperators, false, true},
      {"AnalysisService.GetFit", kReaders},
      {"AnalysisService.Predict", kReaders},
      {"AnalysisService.GetFigure", kReaders},
      {"SystemService.GetInfo", kAnybody},
      {"FileService.GetFileStatus", kMovers},
      {"FileService.Download", kMovers},
      {"FileService.Upload", kMovers},
      // The whole database, with the hashes of all tokens.
      {"BackupService.Backup", kAdmins, false, true},
      {"AccessService.CreateToken", kAdmins, false, true},
      {"AccessService.ListTokens", kAdmins},
      {"AccessService.RevokeToken", kAdmins, false, true},
      {"AccessService.ListAudit", kOperators},
      {"AccessService.WhoAmI", kAnybody},
      {"GET /healthz", kAnybody, true},
      {"GET /readyz", kAnybody, true},
      {"GET /metrics", kReaders},
      {"GET /api/v1/fields", kReaders},
      {"GET /api/v1/openapi.json", kReaders},
      // Each checks the token or the session by itself.
      {"POST /api/v1/session", kAnybody, true},
      {"POST /api/v1/session:end", kAnybody, true},
      {"GET /api/v1/session", kAnybody, true}};
  return *kRules;
}

const Rule* FindRule(absl::string_view action) {
  static const auto* const kByAction = [] {
    auto* const map = new absl::flat_hash_map<absl::string_view, const Rule*>;
    for (const Rule& rule : Rules()) (*map)[rule.action] = &rule;
    return map;
  }();
  const auto found = kByAction->find(action);
  return found == kByAction->end() ? nullptr : found->second;
}

}  // namespace ff::access
