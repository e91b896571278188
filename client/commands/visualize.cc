// ffctl visualize: the figures of a sweep, drawn by its coordinator, or of a file of runs, drawn
// here. One that cannot be drawn is a warning; the others are still made.
#include "absl/strings/str_cat.h"
#include "client/analysis/law_flags.h"
#include "client/commands/all.h"
#include "client/commands/analyze_files.h"
#include "client/commands/save_figures.h"
#include "client/commands/support.h"
#include "client/sweep_request.h"
#include "server/convert/analysis.h"
#include "server/figures/draw_figure.h"

namespace ff::client {
namespace {

// `other`: a sweep to compare with; empty: the sweep's own figures.
absl::StatusOr<std::vector<DrawnFigure>> OfSweep(Session& session, const std::string& sweep,
                                                 const std::string& other,
                                                 const std::string& style) {
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  std::vector<figures::FigureName> names = figures::FigureNames();
  if (!other.empty()) names = {figures::ComparisonName()};
  std::vector<DrawnFigure> drawn;
  absl::Status first_error;
  for (const figures::FigureName& one : names) {
    v1::GetFigureRequest request;
    request.set_sweep(sweep);
    request.set_other_sweep(other);
    request.set_figure(one.name);
    request.set_style(style);
    request.set_x_axis("step");
    absl::StatusOr<v1::GetFigureResponse> figure = (*client)->GetFigure(request);
    if (figure.ok()) {
      drawn.push_back({one.name, one.title, figure->plotly_json()});
      continue;
    }
    first_error.Update(figure.status());
    if (absl::IsNotFound(figure.status()) || absl::IsUnavailable(figure.status())) break;
    session.Warn(absl::StrCat(one.title, ": ", figure.status().message()));
  }
  if (drawn.empty()) {
    return WithNext(first_error,
                    "ffctl analyze   (figures need results and a fit; first: ffctl train)");
  }
  return drawn;
}

// `other`: another file, or a sweep, to compare with; empty: the file's own figures.
absl::StatusOr<std::vector<DrawnFigure>> OfFile(Session& session, const Arguments& arguments,
                                                const std::string& other,
                                                const v1::FlopsFitConfig& config) {
  const absl::StatusOr<figures::Style> style =
      figures::ParseStyle(config.visualizer().plots().style());
  if (!style.ok()) return style.status();
  const absl::StatusOr<std::vector<double>> computes = ComputesOf(arguments.All("flops"));
  if (!computes.ok()) return computes.status();
  const absl::StatusOr<std::vector<NamedFile>> sides =
      AnalyzeSides(session, arguments, other, config.analyzer());
  if (!sides.ok()) return sides.status();
  if (other.empty()) {
    const absl::StatusOr<AnalyzeOptions> options = convert::FromProto(config.analyzer());
    if (!options.ok()) return options.status();
    absl::StatusOr<FileFigures> figures =
        DrawFile((*sides)[0].file, options->budget_tolerance, options->budget_compute, *style);
    if (!figures.ok()) return figures.status();
    for (const std::string& note : figures->notes) session.Note(absl::StrCat("note: ", note));
    return std::move(figures->drawn);
  }
  absl::StatusOr<DrawnFigure> figure =
      DrawComparisonOf({(*sides)[0].name, &(*sides)[0].file.analysis},
                       {(*sides)[1].name, &(*sides)[1].file.analysis},
                       computes->empty() ? 0 : computes->back(), *style);
  if (!figure.ok()) return figure.status();
  return std::vector<DrawnFigure>{*std::move(figure)};
}

absl::Status CheckWords(const Arguments& arguments, const Words& words) {
  if (arguments.Has("results") && !words.others.empty()) {
    return Fail(absl::StatusCode::kInvalidArgument,
                absl::StrCat("either a sweep ('", words.others[0], "') or --results, not both"), "",
                "ffctl visualize --results FILE --compare OTHER   (puts two laws side by side)");
  }
  if (arguments.Has("results")) return absl::OkStatus();
  for (const Flag& flag : LawFlags()) {
    if (!arguments.Has(flag.name.substr(2))) continue;
    return Fail(absl::StatusCode::kInvalidArgument, absl::StrCat(flag.name, " needs --results"),
                "a sweep's figures are of its stored fit, which `ffctl analyze` makes",
                "ffctl analyze, with it, and then ffctl visualize");
  }
  return absl::OkStatus();
}

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const Words words = SplitWords(arguments.words);
  if (absl::Status status = CheckWords(arguments, words); !status.ok()) return status;
  std::vector<std::string> overrides = words.overrides;
  for (const std::string& word : LawOverrides(arguments)) overrides.push_back(word);
  const absl::StatusOr<v1::FlopsFitConfig> config = ReadConfig(arguments, overrides, "visualizer");
  if (!config.ok()) return config.status();
  const std::string other = arguments.Get("compare");
  const absl::StatusOr<std::vector<DrawnFigure>> figures =
      arguments.Has("results")
          ? OfFile(session, arguments, other, *config)
          : OfSweep(session, SweepWord(words.others), other, config->visualizer().plots().style());
  if (!figures.ok()) return figures.status();
  return SaveFigures(session, *figures, config->visualizer());
}

std::vector<Flag> Flags() {
  std::vector<Flag> flags = LawFlags();
  for (const Flag& flag : ConfigFlags()) flags.push_back(flag);
  flags.push_back({"--compare",
                   "OTHER",
                   "one figure: these laws and those of OTHER, a sweep or with --results a file",
                   false,
                   {}});
  flags.push_back(
      {"--group-a", "COLUMN=VALUE", "with --compare: --group for FILE alone", true, {}});
  flags.push_back(
      {"--group-b", "COLUMN=VALUE", "with --compare: --group for OTHER alone", true, {}});
  return flags;
}

}  // namespace

Command VisualizeCommand() {
  return {.noun = "visualize",
          .summary = "Draw the figures of a sweep or of any file of runs (alias viz)",
          .words = "[SWEEP] [KEY=VALUE...]",
          .max_words = -1,
          .flags = Flags(),
          .examples = {"ffctl visualize", "ffctl visualize web --compare code",
                       "ffctl visualize --results runs.csv --group corpus=c4 plots.formats=[png]",
                       "ffctl viz plots.formats=[html,svg,csv] plots.style=notebook"},
          .details =
              "plots.formats: html, png, svg, json (plotly's own) and csv (the numbers). With\n"
              "--results the laws are fitted here, as `ffctl analyze --results` does, and no\n"
              "coordinator is needed.",
          .run = Run};
}

}  // namespace ff::client
