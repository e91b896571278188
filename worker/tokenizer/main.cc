// ff-tokenizer: learns and applies SentencePiece models. `ffctl data tokenize` starts it: a program
// of its own, since SentencePiece exports the symbols of an old protobuf that it carries within,
// which must not meet ffctl's.
#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "worker/tokenizer/apply_model.h"
#include "worker/tokenizer/train_model.h"

namespace {

using Words = std::map<std::string, std::string>;

int Usage() {
  std::fputs(
      "ff-tokenizer train text=FILE model=FILE [kind=bpe|unigram] [vocab_size=N] [threads=N]\n"
      "ff-tokenizer apply text=FILE model=FILE out=FILE [format=uint16|uint32|llmc|npy]\n"
      "                   [threads=N] [lines=true]\n"
      "ffctl data tokenize starts it.\n",
      stderr);
  return 2;
}

int Complain(const absl::Status& status) {
  std::fprintf(stderr, "ff-tokenizer: %s\n", std::string(status.message()).c_str());
  return absl::IsInvalidArgument(status) || absl::IsNotFound(status) ? 2 : 1;
}

// 0 or less: as many as there are cores.
int64_t Number(const Words& words, const std::string& key, int64_t otherwise) {
  int64_t value = otherwise;
  const auto found = words.find(key);
  if (found == words.end() || !absl::SimpleAtoi(found->second, &value)) return otherwise;
  return value;
}

int64_t Threads(const Words& words) {
  const int64_t wanted = Number(words, "threads", 0);
  return wanted > 0 ? wanted : std::max<int64_t>(std::thread::hardware_concurrency(), 1);
}

std::string Text(const Words& words, const std::string& key, const std::string& otherwise) {
  const auto found = words.find(key);
  return found == words.end() ? otherwise : found->second;
}

int Train(const Words& words) {
  ff::tokenizer::TrainOptions options;
  options.text = Text(words, "text", ""), options.model = Text(words, "model", "");
  options.kind = Text(words, "kind", options.kind);
  options.vocab_size = Number(words, "vocab_size", options.vocab_size);
  options.threads = Threads(words);
  const absl::Status trained = ff::tokenizer::TrainModel(options);
  return trained.ok() ? 0 : Complain(trained);
}

int Apply(const Words& words) {
  ff::tokenizer::ApplyOptions options;
  options.text = Text(words, "text", ""), options.model = Text(words, "model", "");
  options.out = Text(words, "out", ""), options.format = Text(words, "format", options.format);
  options.threads = Threads(words);
  options.lines = Text(words, "lines", "false") == "true";
  const auto applied = ff::tokenizer::ApplyModel(options);
  if (!applied.ok()) return Complain(applied.status());
  std::printf("%lld %lld %s\n", static_cast<long long>(applied->tokens),
              static_cast<long long>(applied->vocab_size), applied->token_type.c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Words words;
  for (int i = 2; i < argc; ++i) {
    const std::string word = argv[i];
    const size_t equals = word.find('=');
    if (equals == std::string::npos) return Usage();
    words[word.substr(0, equals)] = word.substr(equals + 1);
  }
  const std::string verb = argc > 1 ? argv[1] : "";
  if (verb == "train") return Train(words);
  if (verb == "apply") return Apply(words);
  return Usage();
}
