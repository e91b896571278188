// ffctl schema: what `-o json` prints, for programs that read it.
#include "client/print/schema.h"

#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/session.h"
#include "ff/v1/analysis.pb.h"
#include "ff/v1/sweep.pb.h"
#include "ff/v1/worker.pb.h"
#include "google/protobuf/descriptor.h"

namespace ff::client {
namespace {

absl::StatusOr<Exit> Run(Session& session, const Arguments&) {
  const google::protobuf::DescriptorPool& pool =
      *google::protobuf::DescriptorPool::generated_pool();
  std::map<std::string, const google::protobuf::Descriptor*> answers;
  for (const Command& command : AllCommands()) {
    if (command.answer.empty()) continue;
    const auto* message = pool.FindMessageTypeByName(absl::StrCat("ff.v1.", command.answer));
    if (message == nullptr) {
      return absl::InternalError(absl::StrCat("ffctl ", command.Name(), " answers with ff.v1.",
                                              command.answer, ", which there is not"));
    }
    answers[command.Name()] = message;
  }
  session.out() << JsonSchema(answers);
  return Exit::kOk;
}

}  // namespace

Command SchemaCommand() {
  return {.noun = "schema",
          .summary = "Print the JSON Schema of what commands print with -o json",
          .details =
              "A property for each command whose answer is a message of the API, such as\n"
              "\"sweep list\". Within apiVersion ff/v1 keys are added, never changed.",
          .run = Run};
}

}  // namespace ff::client
