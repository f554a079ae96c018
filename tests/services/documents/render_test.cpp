#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "documents/documents.hpp"

namespace minben::documents {
namespace {

constexpr std::string_view letter = R"(
title = { zh-Hant = "就業金卡核定通知書", en = "Notice of approval" }
issuer = { zh-Hant = "內政部移民署", en = "National Immigration Agency" }
reference = "{number}"
[[block]]
paragraph = { zh-Hant = "台端 {name} 申請就業金卡一案，業經核准。", en = "The application of {name} is approved." }
[[block]]
fields = [ { label = { zh-Hant = "專業領域", en = "Field" }, value = "{field}" } ]
[[block]]
list = "reasons"
[[block]]
barcode = { kind = "code39", value = "{number}", caption = { zh-Hant = "條碼", en = "Barcode" } }
[[block]]
barcode = { kind = "qr", value = "{verify_url}", caption = { zh-Hant = "查驗", en = "Verify" } }
when = "verify_url"
)";

// For the whole program: fonts are chosen before anything is rendered.
const bool with_fonts =
    (use_fonts(std::filesystem::path(MINBEN_BINARY_DIR) / "share" / "fonts"), true);

const Instant issued = *parse_instant("2026-11-23T04:05:06Z");

Values values() {
  Values all;
  all.set("number", "202611230001");
  all.set("name", Bilingual{"王小明", "WANG, XIAO-MING"});
  all.set("field", Bilingual{"數位領域", "Digital"});
  all.set("verify_url", "http://localhost/verify/abc");
  all.lists["reasons"] = {{"資格符合", "Qualified"}};
  return all;
}

/// What a reader's text search and a screen reader get.
std::string text_of(const std::string& pdf) {
  const auto base =
      std::filesystem::temp_directory_path() / ("render_test." + std::to_string(getpid()));
  std::ofstream(base.string() + ".pdf", std::ios::binary) << pdf;
  const std::string command =
      "pdftotext -layout '" + base.string() + ".pdf' '" + base.string() + ".txt'";
  EXPECT_EQ(std::system(command.c_str()), 0);
  std::ifstream file(base.string() + ".txt", std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  std::filesystem::remove(base.string() + ".pdf");
  std::filesystem::remove(base.string() + ".txt");
  return text;
}

TEST(Render, CarriesOnlyTheGlyphsItUses) {
  ASSERT_TRUE(with_fonts);
  const auto form = Template::parse(letter, "letter.toml");
  ASSERT_TRUE(form) << describe(form.error());
  const auto pdf = render_pdf(*form, values(), issued);
  ASSERT_TRUE(pdf) << describe(pdf.error());
  EXPECT_LT(pdf->size(), 60'000u);  // with the subroutines of the CJK fonts about 400,000
}

TEST(Render, PrintsRareCharactersOfNames) {
  const auto form = Template::parse(letter, "letter.toml");
  ASSERT_TRUE(form) << describe(form.error());
  Values rare = values();
  rare.set("name", Bilingual{"游錫堃、喆喆", "YOU, SI-KUN"});
  const auto pdf = render_pdf(*form, rare, issued);
  ASSERT_TRUE(pdf) << describe(pdf.error());
  EXPECT_THAT(text_of(*pdf), testing::HasSubstr("游錫堃、喆喆"));
}

TEST(Render, GivesSelectableTextInBothLanguages) {
  const auto form = Template::parse(letter, "letter.toml");
  ASSERT_TRUE(form) << describe(form.error());
  const auto pdf = render_pdf(*form, values(), issued);
  ASSERT_TRUE(pdf) << describe(pdf.error());
  const std::string text = text_of(*pdf);
  for (const char* part : {"內政部移民署", "就業金卡核定通知書", "王小明", "WANG, XIAO-MING",
                           "數位領域", "資格符合", "202611230001"}) {
    EXPECT_THAT(text, testing::HasSubstr(part));
  }
}

TEST(Render, GivesTheSameBytesForTheSameInput) {
  const auto form = *Template::parse(letter, "letter.toml");
  EXPECT_EQ(*render_pdf(form, values(), issued), *render_pdf(form, values(), issued));
}

TEST(Render, IsTaggedAndPassesOurOwnInspection) {
  const auto pdf = *render_pdf(*Template::parse(letter, "letter.toml"), values(), issued);
  EXPECT_THAT(pdf, testing::HasSubstr("/StructTreeRoot"));
  EXPECT_THAT(pdf, testing::HasSubstr("/CreationDate (20261123040506Z)"));
  const auto found = inspect(as_bytes(pdf));
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->pages, 1);
}

TEST(Render, TurnsPages) {
  auto form = *Template::parse(letter, "letter.toml");
  auto all = values();
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "長";
  all.lists["reasons"] = std::vector<Bilingual>(8, Bilingual{text, "A long reason."});
  const auto pdf = render_pdf(form, all, issued);
  ASSERT_TRUE(pdf);
  EXPECT_GT(inspect(as_bytes(*pdf))->pages, 4);
}

TEST(Render, WantsEveryValue) {
  auto all = values();
  all.texts.erase("name");
  const auto form = *Template::parse(letter, "letter.toml");
  const auto missing = render_pdf(form, all, issued);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, "missing_value");
  EXPECT_EQ(missing.error().field, "name");
  all = values();
  all.texts.erase("verify_url");  // its block has a condition
  EXPECT_TRUE(render_pdf(form, all, issued));
  all.set("number", "小寫");  // Code 39 has no such characters
  EXPECT_EQ(render_pdf(form, all, issued).error().code, "barcode_unfit");
}

TEST(Render, TakesValuesAsTextNotMarkup) {
  auto all = values();
  all.set("name", "<b>{field}</b>");
  const auto pdf = render_pdf(*Template::parse(letter, "letter.toml"), all, issued);
  ASSERT_TRUE(pdf);
  EXPECT_THAT(text_of(*pdf), testing::HasSubstr("<b>{field}</b>"));
}

}  // namespace
}  // namespace minben::documents
