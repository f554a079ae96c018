// The package that ships: sound, and every example comes out as it says.
#include <gmock/gmock.h>

#include <filesystem>

#include "casework/package.hpp"
#include "support/database.hpp"

namespace minben::casework {
namespace {

const std::filesystem::path packages = std::filesystem::path(MINBEN_SOURCE_DIR) / "packages";

KnownAgencies agencies() {
  KnownAgencies known;
  for (const char* code : {"ris", "nia", "wda", "boca", "nstc", "moda"})
    known.insert(AgencyCode{code});
  return known;
}

std::string listed(const Errors& errors) {
  std::string text;
  for (const Error& error : errors) text += describe(error) + "\n";
  return text;
}

TEST(GoldCard, IsSound) {
  const Errors faults = check_package(packages / "gold-card", agencies());
  EXPECT_TRUE(faults.empty()) << listed(faults);
}

TEST(GoldCard, ExamplesComeOutAsTheySay) {
  auto calendar = Calendar::load(packages / "calendar");
  ASSERT_TRUE(calendar.has_value());
  test::TestDatabase database;
  const auto scratch =
      std::filesystem::temp_directory_path() / ("gold_card." + std::to_string(getpid()));
  std::filesystem::create_directories(scratch);
  const auto results =
      test_package(packages / "gold-card", agencies(), *calendar, database.url(), scratch);
  std::filesystem::remove_all(scratch);
  ASSERT_TRUE(results) << describe(results.error());
  EXPECT_GE(results->size(), 12);
  for (const ExampleResult& result : *results)
    EXPECT_TRUE(result.failures.empty()) << result.file << " " << result.title << "\n"
                                         << listed(result.failures);
}

TEST(GoldCard, ExamplesReachEveryRefusalGroundAndEveryStep) {
  std::string all;
  for (const auto& entry :
       std::filesystem::directory_iterator(packages / "gold-card" / "examples")) {
    std::FILE* file = std::fopen(entry.path().c_str(), "rb");
    char buffer[4096];
    while (const auto read = std::fread(buffer, 1, sizeof buffer, file)) all.append(buffer, read);
    std::fclose(file);
  }
  const auto built = build_package(*ServiceCode::parse("gold-card"),
                                   *read_package_files(packages / "gold-card"), agencies());
  ASSERT_TRUE(built.has_value());
  for (const RefusalGround& ground : (*built)->grounds)
    EXPECT_THAT(all, testing::HasSubstr(ground.code));
  for (const Step& step : (*built)->steps)
    if (step.kind == StepKind::review || step.kind == StepKind::opinion)
      EXPECT_THAT(all, testing::HasSubstr("\"" + step.id + "\"")) << step.id;
}

}  // namespace
}  // namespace minben::casework
