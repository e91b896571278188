// ffctl data tokenize: text into a file of tokens, by a SentencePiece model that is given or
// learnt. The work is ff-tokenizer's, a program of its own (worker/tokenizer/main.cc says why).
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/files.h"
#include "client/local/process.h"
#include "client/print/text.h"
#include "client/session.h"
#include "nlohmann/json.hpp"

namespace ff::client {
namespace {

// Runs a program to its end; what it printed, or its exit code as a status. Its standard error is
// ours, so that people see how far it is.
absl::StatusOr<std::string> RunProgram(const std::vector<std::string>& words) {
  int out[2];
  if (pipe2(out, O_CLOEXEC) != 0) return absl::InternalError(std::strerror(errno));
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(out[1], STDOUT_FILENO);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  close(out[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t count = 1; pid > 0 && (count > 0 || errno == EINTR);) {
    count = read(out[0], buffer, sizeof buffer);
    if (count > 0) text.append(buffer, static_cast<size_t>(count));
    if (count == 0) break;
  }
  close(out[0]);
  int status = 0;
  if (pid < 0 || waitpid(pid, &status, 0) != pid) return absl::InternalError(std::strerror(errno));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return text;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 2) {
    return absl::InvalidArgumentError("the text could not be tokenized; see above");
  }
  return absl::InternalError(
      WIFSIGNALED(status) ? absl::StrCat("ff-tokenizer was ended by signal ", WTERMSIG(status))
                          : "ff-tokenizer failed; see above");
}

struct Job {
  std::string program, text, model, out, format;
  bool learn = false;
};

absl::StatusOr<Job> JobOf(Session& session, const Arguments& arguments) {
  Job job;
  const absl::StatusOr<std::string> program =
      FindProgram("ff-tokenizer", ProgramFolder(), session.env()("PATH"));
  if (!program.ok()) {
    return Fail(absl::StatusCode::kNotFound, "this build has no ff-tokenizer",
                "it is built where SentencePiece is installed",
                "apt-get install libsentencepiece-dev, then ./flops-fit.sh build");
  }
  job.program = *program;
  job.text = AbsolutePath(arguments.words[0], session.cwd());
  job.out = AbsolutePath(arguments.Get("out", arguments.words[0] + ".bin"), session.cwd());
  job.format = arguments.Get("format", "uint16");
  job.learn = !arguments.Has("model");
  job.model = AbsolutePath(arguments.Get("model", job.out + ".model"), session.cwd());
  int64_t number = 0;
  for (const char* flag : {"vocab-size", "threads"}) {
    if (arguments.Has(flag) && (!absl::SimpleAtoi(arguments.Get(flag), &number) || number < 1)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--", flag, " must be a positive number, not '", arguments.Get(flag), "'"));
    }
  }
  if (job.learn) return job;
  for (const char* flag : {"vocab-size", "type"}) {
    if (arguments.Has(flag)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--", flag, " is about a model to be learnt; --model names one that is"));
    }
  }
  return job;
}

void Say(Session& session, const Job& job, const std::vector<std::string>& facts) {
  const std::string words = absl::StrCat("dataset.path=", job.out, " dataset.format=", job.format,
                                         " model.vocab_size=", facts[1]);
  if (session.wants_data()) {
    const nlohmann::ordered_json root = {{"apiVersion", "ff/v1"},
                                         {"path", job.out},
                                         {"model", job.model},
                                         {"format", job.format},
                                         {"token_type", facts[2]},
                                         {"tokens", std::stoll(facts[0])},
                                         {"vocab_size", std::stoll(facts[1])}};
    session.PrintData(root.dump(2) + "\n");
  } else if (session.output() == Output::kName) {
    session.out() << job.out << "\n";
  } else {
    session.out() << VisibleText(absl::StrCat(facts[0], " tokens of ", facts[1], " in ", job.out,
                                              " (", facts[2], "), model ", job.model,
                                              "\ntrain on it: ", words, "\n"));
  }
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const absl::StatusOr<Job> job = JobOf(session, arguments);
  if (!job.ok()) return job.status();
  const std::string threads = absl::StrCat("threads=", arguments.Get("threads", "0"));
  if (job->learn) {
    const absl::StatusOr<std::string> learnt =
        RunProgram({job->program, "train", "text=" + job->text, "model=" + job->model, threads,
                    absl::StrCat("kind=", arguments.Get("type", "bpe")),
                    absl::StrCat("vocab_size=", arguments.Get("vocab-size", "8192"))});
    if (!learnt.ok()) return learnt.status();
    session.Note("wrote " + job->model);
  }
  const absl::StatusOr<std::string> applied =
      RunProgram({job->program, "apply", "text=" + job->text, "model=" + job->model,
                  "out=" + job->out, "format=" + job->format, threads,
                  absl::StrCat("lines=", arguments.Has("lines") ? "true" : "false")});
  if (!applied.ok()) return applied.status();
  std::vector<std::string> facts =
      absl::StrSplit(*applied, absl::ByAnyChar(" \n"), absl::SkipEmpty());
  if (facts.size() != 3) return absl::InternalError("ff-tokenizer said: " + *applied);
  Say(session, *job, facts);
  return Exit::kOk;
}

}  // namespace

Command DataTokenizeCommand() {
  return {
      .noun = "data",
      .verb = "tokenize",
      .summary = "Turn text into a file of tokens, learning a SentencePiece model or using one",
      .words = "TEXT",
      .min_words = 1,
      .max_words = 1,
      .flags =
          {{"--out", "FILE", "where the tokens go; TEXT.bin if not said", false, {}},
           {"--model", "FILE", "use this model; else one is learnt into OUT.model", false, {}},
           {"--vocab-size", "N", "pieces of a model to be learnt (8192)", false, {}},
           {"--type", "KIND", "of a model to be learnt", false, {"bpe", "unigram"}},
           {"--format",
            "FORMAT",
            "of the tokens (uint16)",
            false,
            {"uint16", "uint32", "llmc", "npy"}},
           {"--lines", "", "every line is a document: an end sign in place of newlines", false, {}},
           {"--threads", "N", "as many as there are cores if not said", false, {}}},
      .examples = {"ffctl data tokenize corpus.txt --vocab-size 4096",
                   "ffctl data tokenize more.txt --model corpus.txt.bin.model --format npy"},
      .details =
          "Progress goes to standard error. Both files appear complete or not at all. A model "
          "learnt\nhere gives its text back exactly: spaces and newlines are kept, bytes stand "
          "in for what\nno piece covers. docs/data.md tells more.",
      .run = Run};
}

}  // namespace ff::client
