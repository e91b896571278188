#include "server/filter/experiment_fields.h"

namespace ff::filter {

const std::vector<Field>& ExperimentFields() {
  constexpr Type kNumber = Type::kNumber, kText = Type::kText;
  static const auto* const kFields = new std::vector<Field>{
      {"id", kText, {}, "the experiment's id", {"experiment"}},
      {"state",
       kText,
       {"waiting", "leased", "running", "finished", "failed", "cancelled"},
       "where it stands"},
      {"ordinal", kNumber, {}, "its place in the sweep"},
      {"budget", kNumber, {}, "compute budget, FLOP", {"c", "flops"}},
      {"n", kNumber, {}, "parameters", {"params", "parameters", "model_size"}},
      {"d", kNumber, {}, "tokens it trains on", {"tokens"}},
      {"ratio", kNumber, {}, "tokens a parameter", {"tokens_per_param"}},
      {"lr", kNumber, {}, "peak learning rate", {"learning_rate"}},
      {"batch", kNumber, {}, "sequences a step", {"batch_size"}},
      {"layers", kNumber, {}, "layers of the model"},
      {"d_model", kNumber, {}, "width of the model"},
      {"steps", kNumber, {}, "optimizer steps in all"},
      {"step", kNumber, {}, "steps of the attempt under way"},
      {"progress", kNumber, {}, "share of its steps that is done, 0 to 1", {"done"}},
      {"loss", kNumber, {}, "held-out loss, else training loss, else the last one measured"},
      {"val_loss", kNumber, {}, "held-out loss of the result", {"val"}},
      {"train_loss", kNumber, {}, "training loss of the result", {"train"}},
      {"seconds", kNumber, {}, "time that its result took"},
      {"speed", kNumber, {}, "tokens a second of the attempt under way", {"tokens_per_second"}},
      {"attempts", kNumber, {}, "attempts that were made"},
      {"worker", kText, {}, "worker it is on"},
      {"device", kText, {}, "device it is on"},
      {"failure", kText, {}, "kind of its last failure", {"why"}},
      {"message", kText, {}, "message of its last failure"}};
  return *kFields;
}

}  // namespace ff::filter
