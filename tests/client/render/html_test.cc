#include "client/render/html.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/client/render/sample_figures.h"

namespace ff::render {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class HtmlTest : public ::testing::Test {
 protected:
  HtmlTest() { WriteFile(plotly_, "var Plotly = { newPlot() {} };"); }

  std::string Build(const std::string& title, const std::vector<NamedFigure>& figures) {
    const absl::StatusOr<std::string> html = BuildHtml(title, figures, plotly_);
    EXPECT_TRUE(html.ok()) << html.status();
    return html.value_or("");
  }

  // The text between <script type=... id="figure-I"> and the next </script>.
  static std::string FigureText(const std::string& html, int i) {
    const std::string open = "id=\"figure-" + std::to_string(i) + "\">";
    const size_t begin = html.find(open) + open.size();
    return html.substr(begin, html.find("</script>", begin) - begin);
  }

  TempDir folder_;
  const std::string plotly_ = folder_.File("plotly.js");
};

TEST_F(HtmlTest, HoldsEveryFigureInOrder) {
  const std::string html = Build(
      "Sweep", {{"isoflop_curves", IsoflopFigure()}, {"empty", R"({"data": [], "layout": {}})"}});
  EXPECT_EQ(nlohmann::json::parse(FigureText(html, 0)), nlohmann::json::parse(IsoflopFigure()));
  EXPECT_EQ(FigureText(html, 1), R"({"data":[],"layout":{}})");
  EXPECT_LT(html.find("<h2>isoflop_curves"), html.find("<h2>empty"));
}

TEST_F(HtmlTest, TextInAFigureCannotEndItsScript) {
  const nlohmann::json figure = {
      {"data", nlohmann::json::array()},
      {"layout", {{"title", "</script><script>alert(1)</script><!-- \xE2\x80\xA8"}}}};
  const std::string html = Build("t", {{"x", figure.dump()}});
  EXPECT_THAT(html, Not(HasSubstr("alert(1)</script>")));
  EXPECT_THAT(html, Not(HasSubstr("<!--")));
  EXPECT_EQ(nlohmann::json::parse(FigureText(html, 0)), figure);
}

TEST_F(HtmlTest, TitleAndNamesAreText) {
  const std::string html =
      Build("<b>a & b</b>", {{"\"><img src=x onerror=alert(1)>", IsoflopFigure()}});
  EXPECT_THAT(html, HasSubstr("<title>&lt;b&gt;a &amp; b&lt;/b&gt;</title>"));
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, HasSubstr("data-name=\"&quot;&gt;&lt;img"));
}

TEST_F(HtmlTest, PlotlyCannotEndItsScript) {
  WriteFile(plotly_, "var Plotly = '</script>' + \"<!--\";");
  const std::string html = Build("t", {});
  EXPECT_THAT(html, HasSubstr("var Plotly = '<\\/script>' + \"<\\!--\";"));
}

TEST_F(HtmlTest, NamesNoOtherFileAndNoHost) {
  const std::string html = Build("t", {{"isoflop_curves", IsoflopFigure()}});
  for (const char* reference : {"http:", "https:", "src=", "href=", "@import", "url("}) {
    EXPECT_THAT(html, Not(HasSubstr(reference)));
  }
}

TEST_F(HtmlTest, RefusesWhatIsNoFigure) {
  for (const char* text :
       {"", "{", "[1, 2]", "3", "{\"data\": 7, \"layout\": {}}", "{\"data\": []}"}) {
    const absl::Status status = BuildHtml("t", {{"loss_curves", text}}, plotly_).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr("loss_curves"));
  }
}

TEST_F(HtmlTest, SaysWhatToBuildWhenPlotlyIsMissing) {
  for (const std::string& path : {folder_.File("nothing.js"), folder_.path()}) {
    const absl::Status status = BuildHtml("t", {}, path).status();
    EXPECT_TRUE(absl::IsNotFound(status)) << path;
    EXPECT_THAT(std::string(status.message()), HasSubstr("ff_web"));
  }
}

}  // namespace
}  // namespace ff::render
