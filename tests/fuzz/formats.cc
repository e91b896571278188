// Small formats: the trainer protocol and its stream, the agent's journal, manifests of
// checkpoints, headers of token files, conditions that people type.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/filter/evaluate.h"
#include "server/filter/experiment_fields.h"
#include "server/filter/parse.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/scratch.h"
#include "tests/fuzz/targets.h"
#include "worker/agent/journal.h"
#include "worker/checkpoint/durable.h"
#include "worker/checkpoint/manifest.h"
#include "worker/data/npy_header.h"
#include "worker/data/token_format.h"
#include "worker/protocol/messages.h"
#include "worker/protocol/reader.h"

namespace ff::fuzz {
namespace {

// Takes the first byte off; 0 where there is none.
unsigned TakeByte(absl::string_view* input) {
  if (input->empty()) return 0;
  const unsigned byte = static_cast<unsigned char>(input->front());
  input->remove_prefix(1);
  return byte;
}

// What was read is written as a line that reads as the same line. (Texts are compared, since a
// NaN equals nothing.)
template <class Parse, class Write>
void ReadAndWrite(absl::string_view line, Parse parse, Write write) {
  const auto message = parse(line);
  if (!message.ok()) {
    Check(absl::IsInvalidArgument(message.status()), "a line that is none is said to be none");
    return;
  }
  const std::string written = write(*message);
  Check(written.find('\n') == std::string::npos, "a message is one line");
  const auto again = parse(written);
  Check(again.ok(), "what is written can be read");
  Check(write(*again) == written, "and is the same");
}

void ReadMessages(absl::string_view input) {
  switch (TakeByte(&input) % 3) {
    case 0:
      return ReadAndWrite(input, &protocol::ParseOrder,
                          [](const protocol::Order& order) { return protocol::ToLine(order); });
    case 1:
      return ReadAndWrite(input, &protocol::ParseReport,
                          [](const protocol::Report& report) { return protocol::ToLine(report); });
    default:
      return ReadAndWrite(input, &protocol::ParsePlan, &protocol::ToJson);
  }
}

// A trainer's whole output: never more reports than lines, and an end.
void ReadStream(absl::string_view input) {
  const int file = memfd_create("fuzz", MFD_CLOEXEC);
  Check(file >= 0 &&
            write(file, input.data(), input.size()) == static_cast<ssize_t>(input.size()) &&
            lseek(file, 0, SEEK_SET) == 0,
        "a file in memory");
  const long lines = std::count(input.begin(), input.end(), '\n');
  protocol::Reader reader(file);
  long answers = 0;
  for (;; ++answers) {
    Check(answers <= lines, "a line is answered once");
    const auto report = reader.NextReport(absl::ZeroDuration());
    if (report.ok() || absl::IsInvalidArgument(report.status())) continue;
    Check(absl::IsOutOfRange(report.status()), "a file ends");
    break;
  }
  close(file);
}

// The first byte is the step that the journal is rewound to.
void ReadJournal(absl::string_view input) {
  static const Scratch scratch;
  const int64_t step = TakeByte(&input);
  agent::Journal journal(scratch.Write("journal", input));
  const auto content = journal.Read();
  Check(content.ok(), "damaged lines are passed over");
  const auto kept = journal.RewindTo(step);
  Check(kept.ok() && kept->reports.size() <= content->reports.size(), "rewinding adds nothing");
  const auto again = journal.Read();
  Check(again.ok() && again->reports.size() == kept->reports.size(), "what was kept is there");
}

void ReadManifest(absl::string_view input) {
  static const Scratch scratch;
  static const std::string state = scratch.Write("state.pt", "abc");
  scratch.Write(checkpoint::kManifestName, input);
  const auto sha256 = checkpoint::VerifyManifest(scratch.path(), 500);
  if (!sha256.ok()) {
    Check(absl::IsDataLoss(sha256.status()), "what does not match is damaged");
    return;
  }
  Check(*sha256 == checkpoint::Sha256(input), "a manifest is named by its hash");
}

// The first byte chooses the format, the rest is the file.
void ReadTokens(absl::string_view input) {
  constexpr const char* kFormats[] = {"bytes", "uint16", "uint32", "llmc", "npy"};
  const std::string format = kFormats[TakeByte(&input) % std::size(kFormats)];
  const auto bytes = static_cast<int64_t>(input.size());
  const auto head = input.substr(0, data::kHeadBytes);
  const auto layout = data::LayoutOf("f", format, bytes, head);
  if (!layout.ok()) {
    Check(absl::IsInvalidArgument(layout.status()), "a wrong file is said to be wrong");
  } else {
    Check(layout->offset >= 0 && layout->tokens > 0 &&
              layout->offset + layout->tokens * data::TokenBytes(layout->format) == bytes,
          "the tokens lie in the file");
  }
  const auto header = data::ParseNpyHeader(head);
  if (header.ok() && header->count >= 0) {
    const auto again = data::ParseNpyHeader(data::MakeNpyHeader(header->format, header->count));
    Check(again.ok() && again->format == header->format && again->count == header->count,
          "a header that is written says the same");
  }
}

void CheckCondition(const filter::Condition& condition) {
  using Kind = filter::Condition::Kind;
  for (const filter::Condition& part : condition.parts) CheckCondition(part);
  if (condition.kind == Kind::kAnd || condition.kind == Kind::kOr || condition.kind == Kind::kNot) {
    Check(!condition.parts.empty(), "and, or and not have parts");
    return;
  }
  const filter::Field* field = filter::FindField(filter::ExperimentFields(), condition.field);
  Check(field != nullptr && field->name == condition.field && field->type == condition.type,
        "a condition is about a field");
  if (condition.kind != Kind::kCompare) return;
  const bool number = condition.type == filter::Type::kNumber;
  Check(number ? !condition.numbers.empty() : !condition.texts.empty(),
        "it compares with something");
}

void ReadCondition(absl::string_view input) {
  const std::string source(input);
  const auto order = filter::ParseOrder(source, filter::ExperimentFields());
  Check(order.ok() || absl::IsInvalidArgument(order.status()), "no field is said to be none");
  const auto condition = filter::Parse(source, filter::ExperimentFields());
  if (!condition.ok()) {
    Check(absl::IsInvalidArgument(condition.status()) && !condition.status().message().empty(),
          "what is no condition is said");
    return;
  }
  CheckCondition(*condition);
  const bool without =
      filter::Holds(*condition, [](const std::string&) { return filter::Value{}; });
  filter::Condition opposite;
  opposite.kind = filter::Condition::Kind::kNot;
  opposite.parts = {*condition};
  Check(!(without && filter::Holds(opposite, [](const std::string&) { return filter::Value{}; })),
        "nothing and its opposite hold at once");
  filter::Holds(*condition, [](const std::string& name) {
    return filter::Value{static_cast<double>(name.size()), name};
  });
}

}  // namespace

const std::vector<Target>& Targets() {
  static const auto* const kTargets = new std::vector<Target>{
      {"messages",
       &ReadMessages,
       {"\"type\":\"start\"",
        "\"type\":\"measurement\"",
        "\"type\":\"evaluation\"",
        "\"type\":\"finished\"",
        "\"type\":\"failed\"",
        "\"type\":\"hello\"",
        "\"plan\":{",
        "\"step\":",
        "\"loss\":",
        "\"nan\"",
        "\"-inf\"",
        "null",
        "true",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "\"",
        "\\u0000",
        "\\ud800",
        "1e400",
        "9007199254740993",
        "18446744073709551616",
        "-0",
        "1.5"}},
      {"stream",
       &ReadStream,
       {"\n", "\r\n", "\n\n", "{\"type\":\"stopped\",\"step\":5}\n", "{\"type\":\"stopped\"",
        "\"step\":", "}", std::string(1, '\0'), std::string(300, 'x')}},
      {"journal",
       &ReadJournal,
       {"\n", "\"type\":\"measurement\"", "\"type\":\"evaluation\"", "\"type\":\"started\"",
        "\"resumed_from_step\":", "\"step\":", "\"seconds\":", "\"nan\"", "-1", "1e15", "}", "{"}},
      {"manifest",
       &ReadManifest,
       {"\"format\":1", "\"step\":500", "\"files\":{",
        "\"state.pt\":", "\"sha256\":", "\"bytes\":3", "../", "/", "\\u0000", "..", "manifest.json",
        "{", "}", "[", "]", ",", "null", "3.0", "\""}},
      {"tokens",
       &ReadTokens,
       {"\x93NUMPY", std::string("\x01\x00", 2), std::string("\x03\x00", 2), "'descr': ", "'<u2'",
        "'<u4'", "'|u1'", "'shape': (", ",)", "-1", "9223372036854775807",
        std::string("\x48\xdb\x34\x01", 4), std::string("\xc1\xdc\x34\x01", 4),
        std::string("\x07\x00\x00\x00", 4)}},
      {"filter",
       &ReadCondition,
       {"loss", "state", "sweep", "failed", " and ", " or ",  "not ", " in ", "(", ")",
        ",",    "=",     "==",    "!=",     "<",     "<=",    ">",    ">=",   "~", "!~",
        "&&",   "||",    "!",     "none",   "1.3B",  "1e400", "-0",   "\"",   "'", "\xc3\xa4"}},
  };
  return *kTargets;
}

}  // namespace ff::fuzz
