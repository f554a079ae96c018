#include <gmock/gmock.h>

#include "documents/template.hpp"

namespace minben::documents {
namespace {

constexpr std::string_view head = R"(title = { zh-Hant = "核定通知書", en = "Notice of approval" }
issuer = { zh-Hant = "內政部移民署", en = "National Immigration Agency" }
reference = "{application_number}"
)";

Result<Template> with(std::string_view blocks) {
  return Template::parse(std::string(head) + std::string(blocks), "documents/approval.toml");
}

TEST(Template, ReadsEveryKindOfBlock) {
  const auto form = with(R"([[block]]
heading = { zh-Hant = "一", en = "One" }
[[block]]
paragraph = { zh-Hant = "台端 {name}", en = "Dear {name} {{sic}}" }
small = true
[[block]]
fields = [ { label = { zh-Hant = "姓名", en = "Name" }, value = "{name}" } ]
[[block]]
list = "reasons"
[[block]]
barcode = { kind = "qr", value = "{verify_url}", caption = { zh-Hant = "查驗", en = "Verify" } }
when = "verify_url"
)");
  ASSERT_TRUE(form) << describe(form.error());
  EXPECT_EQ(form->blocks.size(), 5);
  EXPECT_TRUE(std::get<Paragraph>(form->blocks[1].content).small);
  EXPECT_EQ(form->blocks[3].line, 12);
  EXPECT_THAT(form->required(), testing::ElementsAre("application_number", "name", "reasons"));
  EXPECT_THAT(form->used(),
              testing::ElementsAre("application_number", "name", "reasons", "verify_url"));
}

struct Broken {
  const char* blocks;
  const char* code;
  int line;
};
class BrokenTemplate : public testing::TestWithParam<Broken> {};
TEST_P(BrokenTemplate, IsNamedWithFileAndLine) {
  const auto form = with(GetParam().blocks);
  ASSERT_FALSE(form);
  EXPECT_EQ(form.error().code, GetParam().code);
  EXPECT_EQ(form.error().field, "documents/approval.toml");
  EXPECT_EQ(form.error().line, GetParam().line) << describe(form.error());
}
INSTANTIATE_TEST_SUITE_P(
    All, BrokenTemplate,
    testing::Values(
        Broken{"[[block]]\nparagraph = = 1\n", "not_toml", 5},
        Broken{"[[block]]\nparagraph = { zh-Hant = \"x\" }\n", "missing_language", 5},
        Broken{"[[block]]\nparagraph = { zh-Hant = \"x\", en = \" \" }\n", "missing_language", 5},
        Broken{"[[block]]\nparagraph = { zh-Hant = \"{x\", en = \"x\" }\n", "bad_placeholder", 5},
        Broken{"[[block]]\nparagraph = { zh-Hant = \"{X y}\", en = \"x\" }\n", "bad_placeholder",
               5},
        Broken{"[[block]]\nparagraf = \"x\"\n", "unknown_key", 5},
        Broken{"[[block]]\nlist = \"a\"\n\n[[block]]\nwhen = \"x\"\n", "unknown_block", 8},
        Broken{"[[block]]\nbarcode = { kind = \"ean\", value = \"1\", caption = { zh-Hant = \"x\", "
               "en = "
               "\"x\" } }\n",
               "unknown_barcode", 5},
        Broken{"[[block]]\nlist = \"No Name\"\n", "bad_placeholder", 5}));

TEST(Template, NeedsItsHead) {
  const auto parse = [](std::string_view text) { return Template::parse(text, "f").error().code; };
  EXPECT_EQ(parse("a = 1\n"), "unknown_key");
  EXPECT_EQ(parse(""), "missing_title");
  EXPECT_EQ(parse("title = { zh-Hant = \"x\", en = \"x\" }\n"), "missing_issuer");
  EXPECT_EQ(parse(head), "empty_document");
  EXPECT_EQ(parse("title = \"\xff\"\n"), "not_toml");
}

}  // namespace
}  // namespace minben::documents
