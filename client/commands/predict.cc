// ffctl predict: best size, tokens and loss for given amounts of compute.
#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/law_text.h"
#include "client/commands/support.h"
#include "client/print/numbers.h"

namespace ff::client {
namespace {

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  v1::PredictRequest request;
  request.set_sweep(arguments.Get("sweep", kLatest));
  for (const std::string& word : arguments.words) {
    double compute = 0;
    if (!absl::SimpleAtod(word, &compute) || !std::isfinite(compute) || !(compute > 0)) {
      return Fail(absl::StatusCode::kInvalidArgument,
                  absl::StrCat("'", word, "' is no amount of compute"),
                  "it is a number of FLOPs above 0", "ffctl predict 1e18 1e20");
    }
    request.add_target_compute(compute);
  }
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  const absl::StatusOr<v1::PredictResponse> response = (*client)->Predict(request);
  if (!response.ok()) return WithNext(response.status(), "ffctl analyze   (fits the law first)");
  std::vector<std::string> names;
  for (const v1::Prediction& p : response->predictions()) {
    names.push_back(Exact(p.optimal_params()));
  }
  PrintList(session, *response, PredictionTable(response->predictions()), names,
            "the coordinator predicted nothing");
  return Exit::kOk;
}

}  // namespace

Command PredictCommand() {
  return {.noun = "predict",
          .summary = "Predict the best size, tokens and loss for amounts of compute",
          .words = "COMPUTE...",
          .min_words = 1,
          .max_words = -1,
          .flags = {{"--sweep", "SWEEP", "whose newest fit to use; default @latest", false, {}}},
          .examples = {"ffctl predict 1e18 1e20", "ffctl predict 1e21 -o json"},
          .details = "COMPUTE is in FLOPs.",
          .run = Run};
}

}  // namespace ff::client
