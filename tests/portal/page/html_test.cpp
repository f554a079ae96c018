#include "page/html.hpp"

#include <gtest/gtest.h>

#include "page/charts.hpp"
#include "page/components.hpp"

namespace minben::page {
namespace {

constexpr std::string_view hostile = "<script>alert('x')</script>\" onclick=\"a&b";

TEST(Writer, EscapesEveryValueForTextAndAttributes) {
  Writer page;
  page << "<p title=\"" << hostile << "\">" << hostile << "</p>";
  EXPECT_EQ(
      page.text(),
      "<p title=\"&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot; onclick=&quot;a&amp;b\">"
      "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot; onclick=&quot;a&amp;b</p>");
}

TEST(Writer, LeavesOutControlCharactersAndKeepsHan) {
  Writer page;
  page << std::string("a\0b\x1b[2J\t民本\n", 15);
  EXPECT_EQ(page.text(), "ab[2J\t民本\n");
}

TEST(Writer, WritesLinesWithBreaks) {
  Writer page;
  page.lines("one\r\n<two>\nthree");
  EXPECT_EQ(page.text(), "one<br>&lt;two&gt;<br>three");
}

TEST(WriterDeathTest, AnAddressAttributeTakesOnlyAnAddress) {
  EXPECT_DEATH(
      {
        Writer page;
        page << "<a href=\"" << std::string("javascript:alert(1)") << "\">";
      },
      "awaits_address");
}

static_assert(!std::is_constructible_v<Markup, std::string>);
static_assert(!std::is_constructible_v<Markup, const char*>);
static_assert(!std::is_constructible_v<Url, std::string>);

TEST(Url, EncodesPartsSoThatNoneAddsASegment) {
  EXPECT_EQ(Url::path({"cases", "a/b?c#d", "..%2f"}).text(), "/cases/a%2Fb%3Fc%23d/..%252f");
  EXPECT_EQ(Url::page(Language::zh_hant, {"services", "gold-card"}).text(),
            "/zh-Hant/services/gold-card");
  EXPECT_EQ(Url::page(Language::en, {}).text(), "/en");
  EXPECT_EQ(Url::path({"", "evil.example"}).text(), "/evil.example") << "never another host";
}

TEST(Url, GoesFurtherDown) {
  EXPECT_EQ(Url::path({"cases", "1"}).below({"a/b", "c"}).text(), "/cases/1/a%2Fb/c");
  EXPECT_EQ(Url::path({"cases", "1"}).below({}).text(), "/cases/1");
}

TEST(Url, AddsQueryAndFragment) {
  const Url url = Url::path({"usage"}).with("agency", "n&a").with("page", "2");
  EXPECT_EQ(url.text(), "/usage?agency=n%26a&page=2");
  EXPECT_EQ(Url::path({"a"}).with_fragment("b c").text(), "/a#b%20c");
}

TEST(Url, OutsideTakesOnlyWebAddresses) {
  EXPECT_TRUE(Url::outside("https://pay.example/checkout?id=1"));
  EXPECT_TRUE(Url::outside("http://localhost:7081/checkout"));
  for (const std::string_view bad :
       {"javascript:alert(1)", "http://pay.example/", "https://user@pay.example/", "https://",
        "//pay.example/", "https://pay.example/\nX: y", "data:text/html,x",
        "https:\\\\pay.example"})
    EXPECT_FALSE(Url::outside(bad)) << bad;
}

TEST(Url, SameSiteTakesOnlyPaths) {
  EXPECT_TRUE(Url::same_site("/en/cases?x=1"));
  for (const std::string_view bad :
       {"//evil.example", "/\\evil.example", "https://evil.example", "en", "", "/a b"})
    EXPECT_FALSE(Url::same_site(bad)) << bad;
}

TEST(Components, ErrorSummaryLeadsToTheControl) {
  Writer page;
  const ErrorLine errors[] = {{"birth.day", "Enter a day"}};
  error_summary(page, Language::en, errors);
  date_input(page, Language::en,
             {.name = "birth", .label = "Birth", .hint = "", .error = "Enter a day"},
             {.year = "1990", .month = "<2>"});
  EXPECT_NE(page.text().find("href=\"#fbirth-day\""), std::string_view::npos);
  EXPECT_NE(page.text().find("id=\"fbirth-day\""), std::string_view::npos);
  EXPECT_NE(page.text().find("value=\"&lt;2&gt;\""), std::string_view::npos);
  EXPECT_NE(page.text().find("aria-describedby=\"fbirth-error\""), std::string_view::npos);
}

TEST(Components, EscapeWhatTheyAreGiven) {
  Writer page;
  const std::string bad(hostile);
  const Choice choices[] = {{bad, bad, bad, true}};
  const Action actions[] = {{bad, bad, Url::path({bad})}};
  text_input(page, {.name = bad, .label = bad, .hint = bad, .error = bad}, {.value = bad});
  textarea(page, Language::en, {.name = "t", .label = bad, .hint = bad, .error = bad},
           {.value = bad});
  radios(page, {.name = "r", .label = bad, .hint = "", .error = ""}, choices);
  checkboxes(page, {.name = "c", .label = bad, .hint = "", .error = ""}, choices);
  select(page, {.name = "s", .label = bad, .hint = "", .error = ""}, choices);
  summary_list(page, [&](Writer& p) { summary_row(p, bad, bad, actions); });
  tag(page, bad);
  details(page, bad, [&](Writer& p) { paragraph(p, bad); });
  timeline(page, [&](Writer& p) { timeline_item(p, {.title = bad, .time = bad, .by = bad}); });
  bar_chart(page, Language::en, "chart",
            {.title = bad,
             .description = bad,
             .label_title = bad,
             .value_title = bad,
             .bars = {{bad, 3, bad, true}}});
  EXPECT_EQ(page.text().find("<script"), std::string_view::npos);
  EXPECT_EQ(page.text().find(" onclick=\""), std::string_view::npos);
}

TEST(Components, CellsOfATableThatStacksSayTheirColumnToTheEye) {
  const Column columns[] = {{.title = "Number", .self_evident = true}, {"Days", true}};
  Writer page;
  stacked_row(page, columns, [](Cells& cells) {
    cells.head([](Writer& p) { p << hostile; });
    cells.add("3\n4");
  });
  EXPECT_EQ(page.text().find("<script"), page.text().npos);
  EXPECT_EQ(page.text().find("Number"), page.text().npos);
  EXPECT_NE(page.text().find("<td role=\"cell\" class=\"govuk-table__cell "
                             "govuk-table__cell--numeric\"><span class=\"mb-cell-title\" "
                             "aria-hidden=\"true\">Days</span><div class=\"mb-cell\">3<br>4</div>"),
            page.text().npos);
}

TEST(Components, PaginationShowsEndsAndNeighbours) {
  Writer page;
  pagination(page, Language::en, {.current = 5, .count = 9}, Url::path({"usage"}));
  for (const std::string_view there : {"page=1", "page=4", "page=5", "page=6", "page=9"})
    EXPECT_NE(page.text().find(there), std::string_view::npos) << there;
  EXPECT_EQ(page.text().find("page=3"), std::string_view::npos);
  Writer single;
  pagination(single, Language::en, {.current = 1, .count = 1}, Url::path({"usage"}));
  EXPECT_TRUE(single.text().empty());
}

TEST(Charts, CutLabelsThatWouldRunIntoTheirValues) {
  BarChart chart{.title = "Use",
                 .description = "",
                 .label_title = "Dataset",
                 .value_title = "Times",
                 .bars = {}};
  std::string name;
  for (int i = 0; i < 40; ++i) name += "臺";
  chart.bars = {{name, 1, "12 times"}, {"short", 2, "2 times"}};
  Writer page;
  bar_chart(page, Language::en, "use", chart);
  const std::string text(page.text());
  const std::string drawing = text.substr(0, text.find("</svg>"));
  EXPECT_EQ(drawing.find(name), std::string::npos);
  EXPECT_NE(drawing.find("臺…</text>"), std::string::npos);
  EXPECT_NE(drawing.find(">short</text>"), std::string::npos);
  EXPECT_NE(text.find(name), std::string::npos) << "whole in the table";
}

}  // namespace
}  // namespace minben::page
