// Draws with a real browser; skipped, saying why, where there is none or no plotly.js.
#include "client/render/image.h"

#include <sys/types.h>

#include <cctype>
#include <cstdint>
#include <filesystem>
#include <sstream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/render/devtools.h"
#include "client/render/find.h"
#include "client/render/html.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/render/sample_figures.h"

namespace ff::render {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Big-endian 32-bit number at `offset`.
uint32_t Word(const std::string& bytes, size_t offset) {
  uint32_t word = 0;
  for (size_t i = 0; i < 4; ++i) word = word << 8 | static_cast<unsigned char>(bytes[offset + i]);
  return word;
}

// Processes of group `group` that still run; the dead that nobody has reaped don't count.
int RunningInGroup(pid_t group) {
  int running = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    if (!std::isdigit(entry.path().filename().c_str()[0])) continue;
    const std::string stat = ReadFile(entry.path() / "stat");
    const size_t name_end = stat.rfind(')');
    if (name_end == std::string::npos) continue;
    char state = 0;
    int parent = 0;
    int process_group = 0;
    std::istringstream(stat.substr(name_end + 1)) >> state >> parent >> process_group;
    if (process_group == group && state != 'Z' && state != 'X') ++running;
  }
  return running;
}

// SIGKILL takes effect when the kernel gets to it: looks again for a while.
bool GroupEnds(pid_t group) {
  for (int i = 0; i < 500 && RunningInGroup(group) > 0; ++i) absl::SleepFor(absl::Milliseconds(10));
  return RunningInGroup(group) == 0;
}

class ImageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const absl::StatusOr<std::string> browser = FindBrowser("");
    if (!browser.ok()) GTEST_SKIP() << browser.status().message();
    const absl::StatusOr<std::string> plotly = FindPlotly();
    if (!plotly.ok()) GTEST_SKIP() << plotly.status().message();
    options_.browser = *browser;
    options_.plotly_js = *plotly;
  }

  static ImageRequest Request(ImageFormat format) {
    return {"isoflop_curves", IsoflopFigure(), format, 600, 400, 2};
  }

  RenderOptions options_;
};

TEST_F(ImageTest, DrawsPngAndSvgInOneBrowser) {
  ImageRequest blank = Request(ImageFormat::kPng);
  blank.plotly_json = R"({"data": [], "layout": {"xaxis": {"visible": false},
                          "yaxis": {"visible": false}}})";
  const absl::StatusOr<std::vector<std::string>> images =
      RenderImages({Request(ImageFormat::kPng), Request(ImageFormat::kSvg), blank}, options_);
  ASSERT_TRUE(images.ok()) << images.status();
  const std::string& png = (*images)[0];
  ASSERT_GT(png.size(), 2 * (*images)[2].size()) << "as little in it as in a blank image";
  EXPECT_EQ(png.substr(0, 8), std::string("\x89PNG\r\n\x1a\n"));
  EXPECT_EQ(png.substr(12, 4), "IHDR");
  EXPECT_EQ(Word(png, 16), 1200u);
  EXPECT_EQ(Word(png, 20), 800u);
  EXPECT_EQ(png.substr(png.size() - 8, 4), "IEND");

  const std::string& svg = (*images)[1];
  EXPECT_THAT(svg, StartsWith("<svg"));
  EXPECT_THAT(svg, HasSubstr("width=\"600\""));
  EXPECT_THAT(svg, HasSubstr("height=\"400\""));
  EXPECT_THAT(svg, HasSubstr("IsoFLOP curves"));
  EXPECT_THAT(svg, HasSubstr("</svg>"));
}

TEST_F(ImageTest, SvgIsWellFormedXml) {
  ImageRequest request = Request(ImageFormat::kSvg);
  request.plotly_json = R"({"data": [{"y": [1, 3, 2], "name": "a & b < c"}, {"y": [2, 2, 2]}],
                            "layout": {"title": {"text": "E = mc² → ∞"}}})";
  const absl::StatusOr<std::string> svg = RenderImage(request, options_);
  ASSERT_TRUE(svg.ok()) << svg.status();
  absl::StatusOr<DevtoolsPage> page =
      DevtoolsPage::Open(options_.browser, absl::Now() + absl::Seconds(60));
  ASSERT_TRUE(page.ok()) << page.status();
  TempDir folder;
  WriteFile(folder.File("figure.svg"), *svg);
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  ASSERT_TRUE(page->Navigate("file://" + folder.File("figure.svg"), deadline).ok());
  EXPECT_EQ(page->Evaluate("document.documentElement.nodeName + ' ' + "
                           "document.querySelectorAll('parsererror').length + ' ' + "
                           "document.documentElement.textContent.includes('mc² → ∞')",
                           deadline)
                .value(),
            "svg 0 true");
}

TEST_F(ImageTest, HtmlDrawsItselfFromAFile) {
  TempDir folder;
  const absl::StatusOr<std::string> html = BuildHtml(
      "A sweep", {{"one", IsoflopFigure()}, {"two", IsoflopFigure()}}, options_.plotly_js);
  ASSERT_TRUE(html.ok()) << html.status();
  WriteFile(folder.File("figures.html"), *html);
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  absl::StatusOr<DevtoolsPage> page = DevtoolsPage::Open(options_.browser, deadline);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_TRUE(page->Navigate("file://" + folder.File("figures.html"), deadline).ok());
  EXPECT_EQ(page->Evaluate("document.querySelectorAll('.figure .gtitle').length + ' ' + "
                           "performance.getEntriesByType('resource').length",
                           deadline)
                .value(),
            "2 0");
}

TEST_F(ImageTest, NamesTheFigureThatPlotlyRefuses) {
  TempDir folder;
  options_.plotly_js = folder.File("plotly.js");
  WriteFile(options_.plotly_js, "var Plotly = {toImage() { throw Error('no such trace'); }};");
  const absl::Status status = RenderImage(Request(ImageFormat::kPng), options_).status();
  EXPECT_TRUE(absl::IsInternal(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("isoflop_curves"), HasSubstr("no such trace")));
}

TEST_F(ImageTest, LeavesNoProcessAndNoFolderBehind) {
  pid_t pid = 0;
  std::string profile;
  {
    absl::StatusOr<DevtoolsPage> page =
        DevtoolsPage::Open(options_.browser, absl::Now() + absl::Seconds(60));
    ASSERT_TRUE(page.ok()) << page.status();
    pid = page->process().pid();
    profile = page->process().profile();
    EXPECT_TRUE(std::filesystem::exists(profile));
  }
  EXPECT_TRUE(GroupEnds(pid)) << "a process of the browser's group is left";
  EXPECT_FALSE(std::filesystem::exists(profile));
}

TEST(ImageArgumentsTest, AProgramThatIsNoBrowserIsAnErrorNotAHang) {
  TempDir folder;
  WriteFile(folder.File("plotly.js"), "var Plotly = {};");
  RenderOptions options;
  options.plotly_js = folder.File("plotly.js");
  options.browser = "/bin/false";
  const ImageRequest request = {"figure", IsoflopFigure(), ImageFormat::kPng, 60, 40, 1};
  EXPECT_TRUE(absl::IsUnavailable(RenderImage(request, options).status()));
  options.browser = folder.File("nothing");
  EXPECT_TRUE(absl::IsUnavailable(RenderImage(request, options).status()));
}

TEST(ImageArgumentsTest, ASilentBrowserRunsIntoTheTimeLimit) {
  TempDir folder;
  WriteFile(folder.File("plotly.js"), "var Plotly = {};");
  WriteFile(folder.File("silent"), "#!/bin/sh\nexec sleep 1000\n");
  std::filesystem::permissions(folder.File("silent"), std::filesystem::perms::owner_all);
  RenderOptions options;
  options.plotly_js = folder.File("plotly.js");
  options.browser = folder.File("silent");
  options.timeout = absl::Milliseconds(200);
  const ImageRequest request = {"figure", IsoflopFigure(), ImageFormat::kPng, 60, 40, 1};
  EXPECT_TRUE(absl::IsDeadlineExceeded(RenderImage(request, options).status()));
}

TEST(ImageArgumentsTest, RefusesSizesNoCanvasHas) {
  for (const auto& [width, scale] : {std::pair{0, 1.0}, {30000, 1.0}, {5000, 8.0}, {100, -1.0}}) {
    const ImageRequest request = {"wide", IsoflopFigure(), ImageFormat::kPng, width, 400, scale};
    const absl::Status status = RenderImage(request, RenderOptions()).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << width << " x " << scale;
    EXPECT_THAT(std::string(status.message()), HasSubstr("wide"));
  }
}

TEST(ImageArgumentsTest, FormatsAreWords) {
  EXPECT_EQ(ParseImageFormat("png").value(), ImageFormat::kPng);
  EXPECT_EQ(ParseImageFormat("svg").value(), ImageFormat::kSvg);
  EXPECT_TRUE(absl::IsInvalidArgument(ParseImageFormat("gif").status()));
}

}  // namespace
}  // namespace ff::render
