// Shapefiles, made by GDAL as agencies' programs make them, and read through the child process.
#include <cstdlib>

#include "files.hpp"
#include "packing.hpp"
#include "program.hpp"
#include "support.hpp"

namespace minben::intake::test {
namespace {

/// The parts of a shapefile of two places, in an archive, with names as given.
std::string shapefile(const std::string& options, const std::vector<std::string>& left_out = {}) {
  minben::test::TemporaryDirectory directory;
  std::ofstream(directory.path() / "in.geojson") << R"({"type":"FeatureCollection","features":[
            {"type":"Feature","properties":{"名稱":"臺北車站","數":5},"geometry":{"type":"Point","coordinates":[121.517,25.0478]}},
            {"type":"Feature","properties":{"名稱":"許功蓋","數":7},"geometry":{"type":"Point","coordinates":[121.0,24.0]}}]})";
  const std::string command = "cd " + directory.path().string() +
                              " && ogr2ogr -f 'ESRI Shapefile' " + options +
                              " out.shp in.geojson >/dev/null 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0);
  std::vector<Packed> parts;
  for (const std::string part : {"shp", "shx", "dbf", "prj", "cpg"})
    if (std::ranges::find(left_out, part) == left_out.end())
      parts.push_back(
          {"圖層/OUT." + part, minben::test::read_file(directory.path() / ("out." + part))});
  return zip(parts);
}

void expect_two_places(const Prepared& made, double tolerance) {
  EXPECT_EQ(made.inspection.format, Format::shapefile);
  const Table table = read_back(made);
  ASSERT_EQ(table.size(), 2u);
  EXPECT_EQ(table[0][0], "臺北車站");
  EXPECT_EQ(table[1][0], "許功蓋");
  EXPECT_EQ(type_of(made, "數"), Type::integer);
  EXPECT_EQ(type_of(made, "geometry"), Type::geometry);
  ASSERT_EQ(column(made, "longitude").role, Role::longitude);
  EXPECT_NEAR(std::stod(*table[0][3]), 121.517, tolerance);
  EXPECT_NEAR(std::stod(*table[0][4]), 25.0478, tolerance);
}

TEST(Shapefiles, Utf8InDegrees) {
  Prepare prepare;
  const auto made = prepare.bytes(shapefile("-lco ENCODING=UTF-8"));
  ASSERT_TRUE(made) << describe(made.error());
  expect_two_places(*made, 1e-6);
  EXPECT_EQ(made->inspection.layer, "圖層/OUT.shp");
}

TEST(Shapefiles, Big5AndTaiwansMetresWithWordOrWithout) {
  Prepare prepare;
  const std::string options = "-lco ENCODING=CP950 -t_srs EPSG:3826";
  const auto said = prepare.bytes(shapefile(options, {"cpg"}));
  ASSERT_TRUE(said) << describe(said.error());
  expect_two_places(*said, 1e-5);
  EXPECT_EQ(said->inspection.encoding, "Big5");
  EXPECT_EQ(repairs_text(*said), "coordinates_converted 1");
  const auto unsaid = prepare.bytes(shapefile(options, {"cpg", "prj", "shx"}));
  ASSERT_TRUE(unsaid) << describe(unsaid.error());
  expect_two_places(*unsaid, 1e-5);
  EXPECT_EQ(repairs_text(*unsaid), "twd97_assumed 1");
}

TEST(Shapefiles, BrokenOnesAreRefused) {
  Prepare prepare;
  const auto made = prepare.bytes(zip({{"a.shp", "no shapes"}, {"a.dbf", "no table"}}));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, "not_a_table") << describe(made.error());
}

TEST(Programs, HaveNoNetworkAndFewPowers) {
  minben::test::TemporaryDirectory directory;
  const VirtualClock clock{Instant{}};
  Limits limits;
  limits.max_bytes = 1u << 20;
  const std::function<bool()> never;
  const Watch watch(clock, limits, never);
  const auto shell = [&](const std::string& command) {
    return run({{"/bin/bash", "-c", command}, {"PATH=/usr/bin:/bin"}, directory.path()}, watch);
  };
  EXPECT_TRUE(
      shell("test -z \"$HOME\" && for i in {3..9}; do { true >&$i; } 2>/dev/null && exit 1; done; "
            "exit 0"));
  EXPECT_TRUE(shell("echo x > own && test -s own"));
  for (const std::string file : {"/etc/passwd", "/proc/self/environ", MINBEN_SOURCE_DIR "/LICENSE"})
    EXPECT_FALSE(shell("read line < " + file)) << file;
  EXPECT_FALSE(shell("echo x > ../outside"));
  EXPECT_FALSE(shell("exec 3<>/dev/tcp/127.0.0.1/1 || exit 1"));
  EXPECT_NE(minben::test::read_file(directory.path() / "said").find("Permission denied"),
            std::string::npos);
  const auto large = shell("exec yes > big");
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, "file_too_large");
  EXPECT_EQ(run({{"/nowhere"}, {}, directory.path()}, watch).error().code, "program_missing");
  int asked = 0;
  const std::function<bool()> soon = [&] { return ++asked > 3; };
  const Watch stopped(clock, limits, soon);
  EXPECT_EQ(run({{"/bin/sleep", "600"}, {}, directory.path()}, stopped).error().code, "cancelled");
}

}  // namespace
}  // namespace minben::intake::test
