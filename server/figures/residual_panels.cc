// What a law leaves unexplained; see law_figures.h.
#include <algorithm>
#include <cmath>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/figures/law_figures.h"
#include "server/figures/law_words.h"
#include "server/figures/number_text.h"
#include "server/figures/panels.h"
#include "server/figures/theme.h"
#include "server/figures/traces.h"

namespace ff::figures {
namespace {

using nlohmann::json;

constexpr char kTitle[] = "Residuals";
constexpr size_t kMostRuns = 4000;
constexpr size_t kOutliersNamed = 4;

struct Points {
  std::vector<double> x, y;
  std::vector<std::string> text;
};

struct Column {
  const char* title;
  const char* trend;  // ResidualTrend::against
  const std::vector<double>* values;
  Ticks ticks;
};

// A residual of ln L is the relative error of L, nearly.
double PercentOf(double residual) { return 100 * residual; }

class Drawing {
 public:
  Drawing(const RunTable& runs, const LawFit& fit, const Residuals& residuals, Style style)
      : runs_(runs), fit_(fit), residuals_(residuals), style_(style), theme_(ThemeOf(style)) {
    for (const ExcludedRun& outlier : residuals.outliers) outliers_.insert(outlier.run_id);
    std::vector<double> sizes;
    for (const RunResidual& run : residuals.runs) sizes.push_back(std::abs(run.residual));
    std::sort(sizes.begin(), sizes.end());
    highest_ = sizes.empty() ? 1 : PercentOf(sizes.back()) * 1.35;
  }

  void Against(int index, const Column& column) {
    Points inside, outside;
    Range range;
    const size_t step = std::max<size_t>(1, residuals_.runs.size() / kMostRuns);
    for (size_t i = 0; i < residuals_.runs.size(); i += step) {
      const RunResidual& run = residuals_.runs[i];
      const double x = (*column.values)[run.row];
      range.Cover(x);
      Add(run, x, PercentOf(run.residual), IsOutlier(run) ? &outside : &inside);
    }
    if (range.Empty()) return;
    range.Widen(0.02);
    const Panel panel = PanelAt(index, 2, 2);
    AddPoints(panel, index, inside, outside);
    AddTrend(panel, index, column, range);
    json y_axis = LinearAxis(style_, "ln <i>L</i> \u2212 ln fit (%)");
    y_axis["range"] = {-highest_, highest_};
    y_axis["zeroline"] = true;
    y_axis["zerolinecolor"] = theme_.reference;
    panel.AddAxes(LogAxis(style_, column.title, range.low, range.high, column.ticks), y_axis,
                  &layout);
  }

  void AgainstQuantiles(int index) {
    Points inside, outside;
    double most = 0;
    const size_t step = std::max<size_t>(1, residuals_.runs.size() / kMostRuns);
    for (size_t i = 0; i < residuals_.runs.size(); i += step) {
      const RunResidual& run = residuals_.runs[i];
      most = std::max(most, std::abs(run.normal_quantile));
      Add(run, run.normal_quantile, run.standardized, IsOutlier(run) ? &outside : &inside);
    }
    const Panel panel = PanelAt(index, 2, 2);
    AddPoints(panel, index, inside, outside);
    json line = LineTrace("Gaussian", {-most, most}, {-most, most}, theme_.reference, 1.4, "dash");
    data.push_back(panel.OnAxes(std::move(line)));
    panel.AddAxes(LinearAxis(style_, "Quantile of a Gaussian (sd)"),
                  LinearAxis(style_, "Residual (sd)"), &layout);
    layout["annotations"].push_back(panel.Corner(
        style_,
        absl::StrCat("skewness ", WithInterval(residuals_.skewness, {}, 2), ", excess kurtosis ",
                     WithInterval(residuals_.excess_kurtosis, {}, 2)),
        false, true));
  }

  std::string Caption() const {
    std::string text = absl::StrCat(
        LawText(fit_), ". ", FitSentence(fit_),
        absl::StrFormat(" Noise %.2f %% (robust sd of ln <i>L</i>). Lines: trends of the "
                        "residuals, with their t.",
                        PercentOf(fit_.noise_sd)));
    if (residuals_.outliers.empty()) return text + " No outliers.";
    std::vector<std::string> named;
    for (const ExcludedRun& outlier : residuals_.outliers) {
      if (named.size() == kOutliersNamed) {
        named.push_back("\u2026");
        break;
      }
      named.push_back(outlier.run_id);
    }
    absl::StrAppend(&text, " ", residuals_.outliers.size(),
                    residuals_.outliers.size() == 1 ? " outlier" : " outliers",
                    " (used in the fit all the same): ", absl::StrJoin(named, ", "), ".");
    return text;
  }

  json data = json::array();
  json layout;

 private:
  bool IsOutlier(const RunResidual& run) const {
    return !runs_.run_id.empty() && outliers_.count(runs_.run_id[run.row]) > 0;
  }

  void Add(const RunResidual& run, double x, double y, Points* points) const {
    points->x.push_back(x);
    points->y.push_back(y);
    points->text.push_back(
        absl::StrFormat("<b>%s</b><br>loss %.4f, fit %.4f nats<br>%.2f %% off, %.1f sd",
                        runs_.run_id.empty() ? "" : runs_.run_id[run.row], runs_.loss[run.row],
                        run.predicted, PercentOf(run.residual), run.standardized));
  }

  void AddPoints(const Panel& panel, int index, const Points& inside, const Points& outside) {
    json runs = MarkerTrace(
        "Run", inside.x, inside.y, inside.text,
        {{"size", theme_.marker_size - 2}, {"color", SeriesColour(style_, 0)}, {"opacity", 0.65}});
    json odd = MarkerTrace(
        "Outlier", outside.x, outside.y, outside.text,
        {{"size", theme_.marker_size}, {"symbol", "x"}, {"color", SeriesColour(style_, 1)}});
    for (json* trace : {&runs, &odd}) {
      if ((*trace)["x"].empty()) continue;
      (*trace)["showlegend"] = index == 0;
      (*trace)["legendgroup"] = (*trace)["name"];
      data.push_back(panel.OnAxes(*trace));
    }
  }

  void AddTrend(const Panel& panel, int index, const Column& column, const Range& range) {
    for (const ResidualTrend& trend : residuals_.trends) {
      if (trend.against != column.trend) continue;
      // Least squares passes through the means.
      double mean_x = 0, mean_y = 0;
      for (const RunResidual& run : residuals_.runs) {
        mean_x += std::log((*column.values)[run.row]);
        mean_y += run.residual;
      }
      const double n = static_cast<double>(residuals_.runs.size());
      const auto at = [&](double x) {
        return PercentOf(mean_y / n + trend.slope * (std::log(x) - mean_x / n));
      };
      json line = LineTrace("Trend", {range.low, range.high}, {at(range.low), at(range.high)},
                            theme_.accent, 1.8, "dot");
      line["showlegend"] = index == 0;
      line["legendgroup"] = "Trend";
      data.push_back(panel.OnAxes(std::move(line)));
      layout["annotations"].push_back(panel.Corner(
          style_, absl::StrFormat("t = %s%.1f", trend.t < 0 ? "\u2212" : "", std::abs(trend.t)),
          true, true));
    }
  }

  const RunTable& runs_;
  const LawFit& fit_;
  const Residuals& residuals_;
  const Style style_;
  const Theme theme_;
  std::set<std::string> outliers_;
  double highest_ = 1;
};

}  // namespace

std::string ResidualPanels(const RunTable& runs, const LawFit& fit, const Residuals& residuals,
                           Style style) {
  if (residuals.runs.empty()) return EmptyFigure(style, kTitle, "No law fitted yet").dump();
  Drawing drawing(runs, fit, residuals, style);
  drawing.layout = BaseLayout(style, kTitle);
  UsePanels(style, &drawing.layout);
  drawing.Against(0, {"Model size <i>N</i> (parameters)", "ln N", &runs.parameters, Ticks::kCount});
  drawing.Against(1, {"Tokens <i>D</i>", "ln D", &runs.tokens, Ticks::kCount});
  drawing.Against(2, {"Compute <i>C</i> (FLOP)", "ln C", &runs.compute, Ticks::kPower});
  drawing.AgainstQuantiles(3);
  AddCaption(style, drawing.Caption(), &drawing.layout);
  return json{{"data", drawing.data}, {"layout", drawing.layout}}.dump();
}

}  // namespace ff::figures
