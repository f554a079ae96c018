// A person's data as a document: made by the real renderer and read back by an outside program.
#include "data_document.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "documents/documents.hpp"
#include "support/shared.hpp"

namespace minben::app {
namespace {

[[maybe_unused]] const bool fonts =
    (documents::use_fonts(std::filesystem::path(MINBEN_BINARY_DIR) / "share" / "fonts"), true);

std::string text_of(const std::string& pdf) {
  const test::TemporaryDirectory folder;
  const auto base = folder.path() / "data";
  std::ofstream(base.string() + ".pdf", std::ios::binary) << pdf;
  const std::string command =
      "pdftotext -layout '" + base.string() + ".pdf' '" + base.string() + ".txt'";
  EXPECT_EQ(std::system(command.c_str()), 0);
  std::ifstream in(base.string() + ".txt");
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(DataDocument, ShowsEachFieldAsTextAndNothingOfItAsTemplate) {
  mydata::Resource resource;
  resource.id = "API.ris.person";
  resource.title = {"戶籍登記{資料}", "Household registration"};
  resource.provider = {"ris"};
  resource.fields = {{"name_zh", {"姓名", "Name"}},
                     {"address", {"住址", "Address"}},
                     {"absent", {"不在", "Absent"}}};
  const Json data = parse_json(R"({"name_zh":"林{at}","address":{"city":"臺北市"}})").value();
  const Instant at = parse_instant("2026-11-30T04:00:00Z").value();
  const auto pdf = data_document(resource, data, at);
  ASSERT_TRUE(pdf) << describe(pdf.error());
  EXPECT_EQ(*pdf, data_document(resource, data, at).value()) << "the same bytes";
  const std::string text = text_of(*pdf);
  for (const char* shown :
       {"戶籍登記{資料}", "林{at}", "臺北市", "Household registration", "API.ris.person"})
    EXPECT_NE(text.find(shown), text.npos) << shown << " in\n" << text;
  EXPECT_EQ(text.find("Absent"), text.npos);
}

}  // namespace
}  // namespace minben::app
