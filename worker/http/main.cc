// ff-trainer-http: a service's REST API behind the trainer protocol. Exit codes: 0 the agent is
// gone, 1 a broken pipe or order, 2 wrong usage.
#include <cstdio>
#include <cstring>
#include <string>

#include "worker/http/http_trainer.h"

int main(int argc, char** argv) {
  const bool help = argc == 2 && std::strcmp(argv[1], "--help") == 0;
  if (argc != 2 || help) {
    std::fprintf(help ? stdout : stderr,
                 "usage: ff-trainer-http http://HOST:PORT/BASE\n\n"
                 "Speaks the trainer protocol on standard input and output and hands plans to a\n"
                 "service that trains (docs/own-trainer.md). Started by ff-worker for sweeps of\n"
                 "mode http.\n");
    return help ? 0 : 2;
  }
  ff::http::HttpTrainerOptions options;
  options.url = argv[1];
  const absl::Status status = ff::http::HttpTrainer(0, 1, options).Run();
  if (status.ok()) return 0;
  std::fprintf(stderr, "ff-trainer-http: %s\n", std::string(status.message()).c_str());
  return 1;
}
