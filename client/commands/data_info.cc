// ffctl data info: what a file of text or tokens is, and the keys that train on it.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/files.h"
#include "client/print/numbers.h"
#include "client/print/table.h"
#include "client/print/text.h"
#include "client/session.h"
#include "nlohmann/json.hpp"
#include "worker/data/describe_file.h"

namespace ff::client {
namespace {

// Text is bytes: any of the 256 may come.
int64_t VocabularyOf(const data::FileDescription& file) {
  return file.format == "bytes" ? 256 : file.largest + 1;
}

std::string TrainWords(const std::string& path, const data::FileDescription& file) {
  return absl::StrCat("dataset.path=", path, " dataset.format=", file.format,
                      " model.vocab_size=", VocabularyOf(file));
}

std::string Json(const std::string& path, const data::FileDescription& file) {
  const nlohmann::ordered_json object = {{"apiVersion", "ff/v1"},
                                         {"path", path},
                                         {"format", file.format},
                                         {"guessed", file.guessed},
                                         {"token_type", data::TokenName(file.layout.format)},
                                         {"bytes", file.bytes},
                                         {"first_token_offset", file.layout.offset},
                                         {"tokens", file.layout.tokens},
                                         {"largest_token", file.largest},
                                         {"largest_token_offset", file.largest_offset},
                                         {"distinct_tokens", file.distinct},
                                         {"vocab_size", VocabularyOf(file)},
                                         {"first_tokens", file.first},
                                         {"fingerprint", file.fingerprint}};
  return object.dump(2) + "\n";
}

Table FactTable(const data::FileDescription& file) {
  Table table({{"FORMAT"},
               {"TOKENS", Align::kRight},
               {"TYPE"},
               {"BYTES", Align::kRight},
               {"LARGEST", Align::kRight},
               {"DISTINCT", Align::kRight}});
  table.Add({file.format + (file.guessed ? " (guessed)" : ""),
             CountCell(static_cast<double>(file.layout.tokens)),
             data::TokenName(file.layout.format), BytesCell(static_cast<double>(file.bytes)),
             absl::StrCat(file.largest), absl::StrCat(file.distinct)});
  return table;
}

void PrintForPeople(Session& session, const std::string& path, const data::FileDescription& file) {
  session.out() << FactTable(file).Render(session.table_width(), session.out_style()) << "\n"
                << VisibleText(absl::StrCat("first tokens: ", absl::StrJoin(file.first, " "),
                                            "\nlargest token: ", file.largest, " at offset ",
                                            file.largest_offset,
                                            "\ntrain on it: ", TrainWords(path, file), "\n"));
  if (!file.guessed || file.format == "bytes") return;
  session.out() << "no header says that the file is " << file.format
                << "; if the tokens look wrong, try --format\n";
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const std::string path = AbsolutePath(arguments.words[0], session.cwd());
  const absl::StatusOr<data::FileDescription> file =
      data::DescribeFile(path, arguments.Get("format"));
  if (!file.ok()) {
    return WithNext(file.status(), "ffctl data tokenize TEXT --out FILE   makes one from text");
  }
  if (session.wants_data()) {
    session.PrintData(Json(path, *file));
    return Exit::kOk;
  }
  switch (session.output()) {
    case Output::kCsv:
      session.out() << FactTable(*file).Csv();
      break;
    case Output::kName:
      session.out() << file->format << "\n";
      break;
    default:
      PrintForPeople(session, path, *file);
  }
  return Exit::kOk;
}

}  // namespace

Command DataInfoCommand() {
  return {.noun = "data",
          .verb = "info",
          .summary = "Show what a file of text or tokens is: format, tokens, vocabulary",
          .words = "FILE",
          .min_words = 1,
          .max_words = 1,
          .flags = {{"--format",
                     "FORMAT",
                     "read it as this instead of finding out",
                     false,
                     {"bytes", "uint16", "uint32", "llmc", "npy"}}},
          .examples = {"ffctl data info corpus.txt", "ffctl data info train.bin --format uint16"},
          .details =
              "Reads the whole file. What is wrong with it (cut, empty, another dtype) is an "
              "error\nthat names the offset. docs/data.md tells of every format.",
          .run = Run};
}

}  // namespace ff::client
