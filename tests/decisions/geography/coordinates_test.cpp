#include "geography/coordinates.hpp"

#include <cmath>
#include <limits>
#include <memory>

#include <gtest/gtest.h>
#include <proj.h>

namespace minben::geography {
namespace {

/// What PROJ's own database says about an EPSG code.
class Database {
 public:
  explicit Database(const char* code)
      : projection_(proj_create_crs_to_crs(context_, "EPSG:4326", code, nullptr)) {}
  ~Database() {
    proj_destroy(projection_);
    proj_context_destroy(context_);
  }
  [[nodiscard]] bool ready() const { return projection_ != nullptr; }
  [[nodiscard]] Tm2 to(Position p) const {
    // EPSG:4326 has latitude first.
    const PJ_COORD out = proj_trans(projection_, PJ_FWD, proj_coord(p.latitude, p.longitude, 0, 0));
    return {out.xy.x, out.xy.y};
  }

 private:
  PJ_CONTEXT* context_ = proj_context_create();
  PJ* projection_;
};

TEST(Coordinates, AreThoseOfTheEpsgRegister) {
  for (const auto& [zone, code] :
       {std::pair{Zone::east_121, "EPSG:3826"}, {Zone::east_119, "EPSG:3825"}}) {
    const Database database(code);
    ASSERT_TRUE(database.ready());
    for (double longitude = 118; longitude <= 122.5; longitude += 0.25)
      for (double latitude = 21.5; latitude <= 26.5; latitude += 0.25) {
        const Position position{longitude, latitude};
        const auto ours = to_tm2(position, zone);
        ASSERT_TRUE(ours);
        const Tm2 theirs = database.to(position);
        EXPECT_NEAR(ours->east, theirs.east, 0.01) << longitude << " " << latitude;
        EXPECT_NEAR(ours->north, theirs.north, 0.01) << longitude << " " << latitude;
        const auto back = to_position(*ours, zone);
        ASSERT_TRUE(back);
        EXPECT_NEAR(back->longitude, longitude, 1e-8);
        EXPECT_NEAR(back->latitude, latitude, 1e-8);
      }
  }
}

TEST(Coordinates, OfTheMeridianAndOfTaipei) {
  const auto meridian = to_tm2({121, 24});
  ASSERT_TRUE(meridian);
  EXPECT_NEAR(meridian->east, 250'000, 0.001) << "by the definition of the grid";
  const auto taipei = to_position({306'800, 2'769'600});
  ASSERT_TRUE(taipei);
  EXPECT_NEAR(taipei->longitude, 121.5631, 0.001);
  EXPECT_NEAR(taipei->latitude, 25.0336, 0.001);
}

TEST(Coordinates, RefuseWhatIsNotNearTaiwan) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double endless = std::numeric_limits<double>::infinity();
  for (const Position p : {Position{0, 0},
                           {24, 121},
                           {nan, 24},
                           {121, nan},
                           {endless, 24},
                           {-121, 24},
                           {121, 1e308}}) {
    EXPECT_FALSE(near_taiwan(p));
    EXPECT_FALSE(to_tm2(p));
  }
  for (const Tm2 p : {Tm2{0, 0}, {nan, 0}, {0, endless}, {1e300, 1e300}, {-1e9, 2'700'000}})
    EXPECT_FALSE(to_position(p)) << p.east << " " << p.north;
}

}  // namespace
}  // namespace minben::geography
