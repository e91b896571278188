#include "client/commands/all.h"

namespace ff::client {

std::vector<Command> AllCommands() {
  return {PlanCommand(),
          TrainCommand(),
          AnalyzeCommand(),
          PredictCommand(),
          VisualizeCommand(),
          SweepCreateCommand(),
          SweepListCommand(),
          SweepGetCommand(),
          SweepPauseCommand(),
          SweepResumeCommand(),
          SweepCancelCommand(),
          SweepSetCommand(),
          ExperimentListCommand(),
          ExperimentGetCommand(),
          ExperimentLogsCommand(),
          ExperimentRetryCommand(),
          WorkerListCommand(),
          WorkerDrainCommand(),
          WorkerUncordonCommand(),
          BackupCommand(),
          DataInfoCommand(),
          DataTokenizeCommand(),
          ImportCommand(),
          ExportCommand(),
          UpCommand(),
          DownCommand(),
          StatusCommand(),
          ContextAddCommand(),
          ContextUseCommand(),
          ContextListCommand(),
          ContextRemoveCommand(),
          ConfigViewCommand(),
          ConfigDefaultsCommand(),
          CompletionCommand(),
          VersionCommand()};
}

}  // namespace ff::client
