#include "open/open.hpp"

#include <gtest/gtest.h>

#include "markdown.hpp"

namespace minben::open {
namespace {

std::string written(std::string_view text) {
  page::Writer page;
  markdown(page, text);
  return std::move(page).take();
}

TEST(Markdown, becomes_typed_html) {
  EXPECT_EQ(written("# 標題\n\n一*二***三**"),
            "<h3 class=\"govuk-heading-s\">標題</h3><p "
            "class=\"govuk-body\">一<em>二</em><strong>三</strong></p>");
  EXPECT_EQ(written("- a\n- b"),
            "<ul class=\"govuk-list govuk-list--bullet\"><li>a</li><li>b</li></ul>");
  EXPECT_EQ(written("第一行\n第二行"), "<p class=\"govuk-body\">第一行<br>第二行</p>");
  EXPECT_EQ(written("[資料](http://data.gov.tw)"),
            "<p class=\"govuk-body\"><a class=\"govuk-link\" rel=\"noopener noreferrer nofollow\" "
            "href=\"http://data.gov.tw\">資料</a></p>");
  EXPECT_EQ(written("[x](javascript:alert(1))"), "<p class=\"govuk-body\">x</p>");
  EXPECT_EQ(written("<b onclick=x>"), "<p class=\"govuk-body\">&lt;b onclick=x&gt;</p>");
}

TEST(Markdown, as_plain_text_is_one_line_of_whole_characters) {
  EXPECT_EQ(plain_text("# 標題\n\n一 **二** [三](https://x.tw)"), "標題 一 二 三");
  EXPECT_EQ(plain_text("一二三四五", 3), "一二三…");
}

}  // namespace
}  // namespace minben::open
