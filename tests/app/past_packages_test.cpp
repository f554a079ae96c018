#include "demo/past_packages.hpp"

#include <gtest/gtest.h>

#include "demo/plan.hpp"
#include "process/definition.hpp"

namespace minben::app::demo {
namespace {

casework::PackageFiles today() {
  const auto files = casework::read_package_files(std::filesystem::path(MINBEN_SOURCE_DIR) /
                                                  "packages" / "gold-card");
  EXPECT_TRUE(files.has_value());
  return *files;
}

TEST(PastPackages, TheFormerGoldCardIsSoundAndAnotherProcess) {
  const auto former = former_gold_card(today());
  ASSERT_TRUE(former.has_value()) << describe(former.error());
  const ServiceCode code{"gold-card"};
  const auto before = casework::build_package(code, *former, known_agencies());
  const auto now = casework::build_package(code, today(), known_agencies());
  ASSERT_TRUE(before.has_value()) << describe(before.error().front());
  ASSERT_TRUE(now.has_value());
  EXPECT_NE((*before)->digest, (*now)->digest);
  EXPECT_NE((*before)->process_xml, (*now)->process_xml);
  ASSERT_EQ((*before)->steps.size(), (*now)->steps.size()) << "cases can move";
}

TEST(PastPackages, SayWhenThePackageHasBecomeAnother) {
  auto files = today();
  files["process.bpmn"] = "<nothing/>";
  const auto former = former_gold_card(files);
  ASSERT_FALSE(former.has_value());
  EXPECT_EQ(former.error().code, "not_as_expected");
}

TEST(PastPackages, StandInAFolderUntilTodaysTakeTheirPlace) {
  SystemRandom random;
  const auto folder =
      std::filesystem::temp_directory_path() / ("minben-past-packages-" + random.token(9));
  const auto packages = std::filesystem::path(MINBEN_SOURCE_DIR) / "packages";
  const auto past = PastPackages::lay_out(packages, folder);
  ASSERT_TRUE(past.has_value()) << describe(past.error());
  EXPECT_NE(*casework::read_package_files(folder / "gold-card"), today());
  EXPECT_TRUE(std::filesystem::exists(folder / "calendar"));
  ASSERT_TRUE(past->catch_up().has_value());
  EXPECT_EQ(*casework::read_package_files(folder / "gold-card"), today());
  past->remove();
  EXPECT_FALSE(std::filesystem::exists(folder));
}

}  // namespace
}  // namespace minben::app::demo
