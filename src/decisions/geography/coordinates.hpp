#pragma once
// Places on the ground. Thread-safe; PROJ does the arithmetic.
#include <optional>

namespace minben::geography {

/// Degrees, WGS 84 (EPSG:4326), longitude first as in GeoJSON.
struct Position {
  double longitude = 0;
  double latitude = 0;
  friend bool operator==(const Position&, const Position&) = default;
};

/// Metres on Taiwan's grid TWD97 / TM2.
struct Tm2 {
  double east = 0;
  double north = 0;
  friend bool operator==(const Tm2&, const Tm2&) = default;
};

/// Central meridian: 121° for Taiwan (EPSG:3826), 119° for 澎湖, 金門 and 連江 (EPSG:3825).
enum class Zone { east_119, east_121 };

/// Longitude 114° to 126°, latitude 18° to 28°: Taiwan's islands and the sea around them. False for
/// what is no number.
bool near_taiwan(Position position);

/// TWD97 and WGS 84 are taken as equal, which they are within a metre. Nothing outside
/// near_taiwan().
std::optional<Tm2> to_tm2(Position position, Zone zone = Zone::east_121);
/// Nothing when what comes out is not near_taiwan().
std::optional<Position> to_position(Tm2 place, Zone zone = Zone::east_121);

}  // namespace minben::geography
