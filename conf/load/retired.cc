#include "conf/load/retired.h"

#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace ff::conf {
namespace {

// A path may be a group: all keys below it are retired too.
const std::map<std::string, std::string>& Retired() {
  static const auto* table = new std::map<std::string, std::string>{
      {"trainer.hardware.num_workers",
       "tokens are memory-mapped, there are no loader processes; remove it"},
      {"trainer.hardware.pin_memory", "tokens are memory-mapped; remove it"},
      {"trainer.dataset.name",
       "datasets are files here; name one in dataset.path, its kind in dataset.format"},
      {"trainer.dataset.tokenizer",
       "text is read as bytes; for tokens make a file with `ffctl data tokenize` and name it in "
       "dataset.path, its kind in dataset.format"},
      {"trainer.dataset.cache_dir", "nothing is downloaded or cached; remove it"},
      {"trainer.model.d_model",
       "the planner finds a shape for each size; see planner.architecture.d_model_multiple"},
      {"trainer.model.num_layers",
       "the planner finds a shape for each size; see planner.architecture.min_layers and "
       "max_layers"},
      {"trainer.model.num_heads",
       "the planner finds a shape for each size; see planner.architecture.head_options"},
      {"trainer.model.ffn_ratio", "moved to planner.architecture.ffn_ratio"},
      {"trainer.model.pos_encoding", "always rotary (RoPE); remove it"},
      {"trainer.umup.enabled", "write model.parametrization: u-mup, sp or mup-simple"},
      {"trainer.umup.base_std",
       "u-mup starts every weight at unit scale; flops-fit's heuristic has mup_simple.base_std"},
      {"trainer.umup.base_width",
       "u-mup needs no base width; flops-fit's heuristic has mup_simple.base_width"},
      {"trainer.umup.base_width_wd",
       "u-mup's decay is independent of width; flops-fit's heuristic has mup_simple.base_width_wd"},
      {"trainer.umup.no_decay_lr_mult",
       "u-mup gives each tensor its own rate; flops-fit's heuristic has "
       "mup_simple.no_decay_lr_mult"},
      {"trainer.trainer.optimizer", "always AdamW; remove it"},
      {"trainer.paths.checkpoints",
       "checkpoints are kept by the worker under worker.paths.state; remove it"},
      {"trainer.paths.logs",
       "logs are kept by the coordinator, see `ffctl experiment logs`; remove it"},
      {"visualizer.plots.format", "write a list: plots.formats: [png]"},
      {"analyzer.paths.results",
       "results are kept by the coordinator; `ffctl import` reads a results.json. Remove it"},
      {"visualizer.paths.results", "results are kept by the coordinator; remove it"},
      {"visualizer.paths.analysis", "fits are kept by the coordinator; remove it"},
  };
  return *table;
}

// Hydra's own words may stand at the top of any file.
std::string HydraHint(const std::string& key) {
  if (key == "defaults") {
    return "Hydra's lists of defaults are not used: defaults are built in, and a preset is named "
           "with --preset (cpu_fast, say); remove it";
  }
  if (key == "hydra") return "Hydra is not used; remove it";
  return "";
}

const std::map<std::pair<std::string, std::string>, std::string>& RetiredValues() {
  static const auto* table = new std::map<std::pair<std::string, std::string>, std::string>{
      {{"trainer.mode", "mock"}, "mock is called synthetic here"},
      {{"trainer.mode", "local"}, "local training is called umup_gpt here"},
      {{"trainer.mode", "api"}, "training through an API was never finished and is not here"},
      {{"trainer.hardware.dtype", "float16"}, "bfloat16 has the same size and a wider range"},
      {{"trainer.hardware.dtype", "bf16"}, "write bfloat16"},
      {{"trainer.hardware.dtype", "fp32"}, "write float32"},
      {{"trainer.hardware.device", "gpu"}, "write cuda"},
      {{"trainer.model.parametrization", "umup"}, "write u-mup"},
  };
  return *table;
}

}  // namespace

std::string RetiredHint(const std::string& path) {
  for (const auto& [retired, hint] : Retired()) {
    if (path == retired || absl::StartsWith(path, retired + ".")) {
      return absl::StrCat("not a key any more: ", hint);
    }
  }
  const size_t first_dot = path.find('.');
  const std::string below = first_dot == std::string::npos ? path : path.substr(first_dot + 1);
  const std::string key = below.substr(0, below.find('.'));
  const std::string hint = HydraHint(HydraHint(key).empty() ? path.substr(0, first_dot) : key);
  return hint.empty() ? "" : absl::StrCat("not a key any more: ", hint);
}

std::string RetiredValueHint(const std::string& path, const std::string& value) {
  const auto found = RetiredValues().find({path, value});
  return found == RetiredValues().end() ? "" : found->second;
}

}  // namespace ff::conf
