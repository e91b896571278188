#include "server/provisioner/slurm.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/provisioner/run_program.h"

namespace ff::provisioner {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr int kMostInAnArray = 1000;
constexpr size_t kMostWords = 300;  // of an error

std::string OneLine(absl::string_view text) {
  std::string line =
      absl::StrJoin(absl::StrSplit(text, absl::ByAnyChar("\r\n"), absl::SkipWhitespace()), "; ");
  if (line.size() > kMostWords) line = line.substr(0, kMostWords) + " ...";
  return line;
}

absl::StatusOr<std::string> Call(const std::vector<std::string>& words) {
  absl::StatusOr<ProgramOutput> output = RunProgram(words, kPatience);
  if (absl::IsNotFound(output.status())) {
    return absl::NotFoundError(absl::StrCat(
        std::string(output.status().message()),
        "; install Slurm's commands on this host and put them on ff-coordinator's PATH"));
  }
  if (!output.ok()) return absl::UnavailableError(std::string(output.status().message()));
  if (output->exit_code == 0) return std::move(output->out);
  return absl::UnavailableError(
      absl::StrCat(words[0], " failed (exit ", output->exit_code, "): ", OneLine(output->err)));
}

// Words of squeue(1), section JOB STATE CODES. What is neither waiting nor running is on its way
// out, or waits for a person (held by a requeue).
JobState StateOf(absl::string_view word) {
  for (const char* pending :
       {"PENDING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "SPECIAL_EXIT", "RESV_DEL_HOLD"}) {
    if (word == pending) return JobState::kPending;
  }
  for (const char* running :
       {"RUNNING", "CONFIGURING", "SUSPENDED", "STOPPED", "RESIZING", "SIGNALING", "STAGE_OUT"}) {
    if (word == running) return JobState::kRunning;
  }
  return JobState::kEnding;
}

bool IsJobId(absl::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '_';
  });
}

}  // namespace

absl::StatusOr<std::vector<Job>> ParseQueue(const std::string& text, const std::string& mark) {
  std::vector<Job> jobs;
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipWhitespace())) {
    const std::vector<std::string> fields = absl::StrSplit(line, absl::MaxSplits('|', 3));
    if (fields.size() != 4 || !IsJobId(fields[0])) {
      return absl::InvalidArgumentError(
          absl::StrCat("squeue printed a line that is no job: ", OneLine(line)));
    }
    if (fields[2] != mark) continue;
    jobs.push_back(
        {fields[0], StateOf(fields[1]), std::string(absl::StripAsciiWhitespace(fields[3]))});
  }
  return jobs;
}

absl::StatusOr<std::vector<std::string>> ParseSubmitted(const std::string& text, int count) {
  // "123" or "123;cluster", perhaps after lines that a cluster's own plugins print.
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipWhitespace())) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(line, absl::MaxSplits(';', 1));
    const std::string id(absl::StripAsciiWhitespace(parts.first));
    if (!IsJobId(id)) continue;
    std::vector<std::string> ids;
    for (int task = 0; task < count; ++task) ids.push_back(absl::StrCat(id, "_", task));
    return ids;
  }
  return absl::InvalidArgumentError(absl::StrCat("sbatch printed no job id: ", OneLine(text)));
}

Slurm::Slurm(SlurmOptions options) : options_(std::move(options)) {}

absl::StatusOr<std::vector<Job>> Slurm::List() {
  // squeue leaves out what is over, and lists a pending array as one job unless told not to.
  absl::StatusOr<std::string> out =
      Call({"squeue", "--noheader", "--array", absl::StrCat("--user=", getuid()),
            absl::StrCat("--name=", options_.job_name), "--format=%i|%T|%k|%r"});
  if (!out.ok()) return out.status();
  absl::StatusOr<std::vector<Job>> jobs = ParseQueue(*out, options_.mark);
  if (!jobs.ok()) return absl::UnavailableError(std::string(jobs.status().message()));
  return jobs;
}

absl::StatusOr<std::vector<std::string>> Slurm::Submit(int count) {
  count = std::min(count, kMostInAnArray);
  std::vector<std::string> words = {"sbatch", "--parsable"};
  if (!options_.partition.empty()) words.push_back("--partition=" + options_.partition);
  words.insert(words.end(), options_.sbatch.begin(), options_.sbatch.end());
  words.insert(
      words.end(),
      {absl::StrCat("--job-name=", options_.job_name), absl::StrCat("--comment=", options_.mark),
       absl::StrCat("--array=0-", count - 1), absl::StrCat("--chdir=", options_.folder),
       absl::StrCat("--output=", options_.folder, "/%A_%a.log"), options_.script, "--worker",
       options_.worker_program, "--state", options_.folder, "--no-requeue",
       absl::StrCat("coordinator=", options_.coordinator)});
  if (!options_.labels.empty()) {
    words.push_back(absl::StrCat("labels=[", absl::StrJoin(options_.labels, ","), "]"));
  }
  words.insert(words.end(), options_.worker.begin(), options_.worker.end());
  absl::StatusOr<std::string> out = Call(words);
  if (!out.ok()) return out.status();
  return ParseSubmitted(*out, count);
}

absl::Status Slurm::Cancel(const std::vector<std::string>& ids) {
  if (ids.empty()) return absl::OkStatus();
  std::vector<std::string> words = {"scancel", "--quiet"};
  words.insert(words.end(), ids.begin(), ids.end());
  return Call(words).status();
}

}  // namespace ff::provisioner
