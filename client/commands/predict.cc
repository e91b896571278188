// ffctl predict: best size, tokens and loss for given amounts of compute.
#include "absl/strings/str_cat.h"
#include "client/analysis/analyze_file.h"
#include "client/analysis/law_flags.h"
#include "client/analysis/law_text.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/files.h"
#include "client/print/numbers.h"
#include "client/sweep_request.h"
#include "server/analysis/predict_all.h"
#include "server/convert/analysis.h"

namespace ff::client {
namespace {

absl::StatusOr<v1::PredictResponse> FromSweep(Session& session, const std::string& sweep,
                                              const std::vector<double>& computes) {
  v1::PredictRequest request;
  request.set_sweep(sweep);
  for (const double compute : computes) request.add_target_compute(compute);
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  absl::StatusOr<v1::PredictResponse> response = (*client)->Predict(request);
  if (!response.ok()) return WithNext(response.status(), "ffctl analyze   (fits the law first)");
  return response;
}

absl::StatusOr<v1::PredictResponse> FromFile(Session& session, const Arguments& arguments,
                                             const std::vector<std::string>& overrides,
                                             const std::vector<double>& computes) {
  absl::StatusOr<v1::FlopsFitConfig> config = ReadLawConfig(arguments, overrides);
  if (!config.ok()) return config.status();
  // What a law is held against is analyze's matter.
  config->mutable_analyzer()->mutable_validation()->set_leave_one_out(false);
  config->mutable_analyzer()->mutable_validation()->set_backtest_budgets(0);
  const absl::StatusOr<FileSelection> selection = SelectionOf(arguments);
  if (!selection.ok()) return selection.status();
  const std::string word = arguments.Get("results");
  const absl::StatusOr<FileAnalysis> file = AnalyzeFile(
      word == "-" ? word : AbsolutePath(word, session.cwd()), *selection, config->analyzer());
  if (!file.ok()) return file.status();
  std::vector<std::vector<MethodPrediction>> predictions;
  for (const double compute : computes) {
    auto all = analysis::PredictAll(file->analysis, compute);
    if (!all.ok()) return all.status();
    predictions.push_back(*std::move(all));
  }
  return convert::ToProto(std::make_pair(std::string(), std::move(predictions)));
}

// A stored fit is what it is.
absl::Status OnlyForFiles(const Arguments& arguments, const Words& words) {
  std::string given = words.overrides.empty() ? "" : words.overrides[0];
  for (const Flag& flag : LawFlags()) {
    const std::string name = flag.name.substr(2);
    if (name != "flops" && arguments.Has(name)) given = flag.name;
  }
  if (given.empty()) return absl::OkStatus();
  return Fail(absl::StatusCode::kInvalidArgument, absl::StrCat(given, " needs --results"),
              "a sweep's predictions come from its stored fit, which `ffctl analyze` makes",
              "ffctl analyze, with it, and then ffctl predict");
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const Words words = SplitWords(arguments.words);
  std::vector<std::string> targets = arguments.All("flops");
  targets.insert(targets.end(), words.others.begin(), words.others.end());
  const absl::StatusOr<std::vector<double>> computes = ComputesOf(targets);
  if (!computes.ok()) return computes.status();
  if (computes->empty()) {
    return Fail(absl::StatusCode::kInvalidArgument, "for how much compute?",
                "name one or more numbers of FLOPs", "ffctl predict 1e18 1e20");
  }
  if (!arguments.Has("results")) {
    if (absl::Status status = OnlyForFiles(arguments, words); !status.ok()) return status;
  }
  const absl::StatusOr<v1::PredictResponse> response =
      arguments.Has("results") ? FromFile(session, arguments, words.overrides, *computes)
                               : FromSweep(session, arguments.Get("sweep", kLatest), *computes);
  if (!response.ok()) return response.status();
  std::vector<std::string> names;
  for (const v1::Prediction& p : response->predictions()) {
    names.push_back(Exact(p.optimal_params()));
  }
  const Table table = PredictionTable(*response);
  if (!PrintForPrograms(session, *response, table, names)) {
    session.out() << table.Render(session.table_width(), session.out_style())
                  << VisibleText(PredictionNotes(*response));
  }
  return Exit::kOk;
}

}  // namespace

Command PredictCommand() {
  std::vector<Flag> flags = {
      {"--sweep", "SWEEP", "whose newest fit to use; default @latest", false, {}}};
  for (const Flag& flag : LawFlags()) flags.push_back(flag);
  for (const Flag& flag : ConfigFlags()) flags.push_back(flag);
  return {.noun = "predict",
          .summary = "Predict the best size, tokens and loss for amounts of compute",
          .words = "COMPUTE... [KEY=VALUE...]",
          .max_words = -1,
          .flags = flags,
          .examples = {"ffctl predict 1e18 1e20", "ffctl predict --flops 1e21 -o json",
                       "ffctl predict 1e24 --results runs.csv --group corpus=c4"},
          .details =
              "COMPUTE is in FLOPs. Every approach that gave a law answers in a row of its own;\n"
              "where they differ by more than 10 % in size it is said. A sweep answers from its\n"
              "stored fit; with --results the file is analysed first, and the flags on how the\n"
              "law is estimated count.",
          .run = Run,
          .answer = "PredictResponse",
          .long_text = true};
}

}  // namespace ff::client
