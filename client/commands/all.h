// Every command of ffctl, one function a command, each defined in the file of its name.
// Pure; thread-safe.
#pragma once

#include <vector>

#include "client/command.h"

namespace ff::client {

Command PlanCommand();
Command TrainCommand();
Command AnalyzeCommand();
Command PredictCommand();
Command VisualizeCommand();
Command SweepCreateCommand();
Command SweepListCommand();
Command SweepGetCommand();
Command SweepPauseCommand();
Command SweepResumeCommand();
Command SweepCancelCommand();
Command SweepDeleteCommand();
Command ExperimentListCommand();
Command ExperimentGetCommand();
Command ExperimentLogsCommand();
Command ExperimentRetryCommand();
Command ExperimentDeleteCommand();
Command SweepSetCommand();
Command WorkerListCommand();
Command WorkerDrainCommand();
Command WorkerQuarantineCommand();
Command WorkerUncordonCommand();
Command SweepWaitCommand();
Command SweepWatchCommand();
Command ExperimentWaitCommand();
Command SweepEventsCommand();
Command TopCommand();
Command DoctorCommand();
Command ManCommand();
Command SchemaCommand();
Command CompleteCommand();
Command BackupCommand();
Command DataInfoCommand();
Command DataTokenizeCommand();
Command ImportCommand();
Command ExportCommand();
Command UpCommand();
Command DownCommand();
Command StatusCommand();
Command ContextAddCommand();
Command ContextUseCommand();
Command ContextListCommand();
Command ContextRemoveCommand();
Command ConfigViewCommand();
Command ConfigDefaultsCommand();
Command CompletionCommand();
Command TokenCreateCommand();
Command TokenListCommand();
Command TokenRevokeCommand();
Command WhoAmICommand();
Command AuditCommand();
Command CaInitCommand();
Command CaIssueCommand();
Command VersionCommand();

// In the order of --help.
std::vector<Command> AllCommands();

}  // namespace ff::client
