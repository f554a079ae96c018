#pragma once
// Geometries as GeoJSON (RFC 7946) text in WGS 84.
#include <memory>
#include <optional>

#include "json_events.hpp"

namespace minben::intake {

struct Position {
  double x = 0;
  double y = 0;
};

/// From another system of coordinates to WGS 84 degrees, by PROJ. Not thread-safe.
class ToWgs84 {
 public:
  /// `system` as "EPSG:3826"; nullopt: not known to PROJ.
  static std::optional<ToWgs84> from(std::string_view system);
  ToWgs84(ToWgs84&&) noexcept;
  ToWgs84& operator=(ToWgs84&&) noexcept;
  ~ToWgs84();
  /// nullopt: outside the system.
  std::optional<Position> operator()(Position at);

 private:
  struct Implementation;
  explicit ToWgs84(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

/// Least and greatest of what coordinates were seen.
struct Extent {
  double least_x = 1e300, least_y = 1e300, greatest_x = -1e300, greatest_y = -1e300;
  void add(Position at);
  [[nodiscard]] bool empty() const { return least_x > greatest_x; }
  /// Degrees would not be that great, and Taiwan's metres (TM2, TWD97) are in these ranges.
  [[nodiscard]] bool is_twd97() const;
};

/// "EPSG:3826" of what a `crs` member says: "urn:ogc:def:crs:EPSG::3826", "EPSG:3826"; empty: WGS
/// 84 or nothing that is known.
std::string named_system(std::string_view name);

/// A number of at most 7 decimals (a centimetre, in degrees), without zeros at the end.
void append_degrees(std::string& out, double value);

/// The text of a geometry from its events.
class GeometryText {
 public:
  /// Positions pass `convert` when there is one.
  explicit GeometryText(ToWgs84* convert = nullptr) : convert_(convert) {}
  void clear();
  void begin_object();
  void end_object();
  void begin_array();
  void end_array();
  void key(std::string_view key);
  void string(std::string_view text);
  void number(std::string_view text);
  void other(std::string_view text);  ///< true, false, null
  [[nodiscard]] int depth() const { return text_.depth(); }
  [[nodiscard]] const std::string& text() const { return text_.text(); }
  /// Of a Point: where it is.
  [[nodiscard]] std::optional<Position> point() const;
  [[nodiscard]] bool outside() const { return outside_; }  ///< a position could not be converted

 private:
  void flush_position();
  ToWgs84* convert_;
  JsonText text_;
  std::string key_;
  std::string type_;
  std::vector<std::string> position_;  // of the innermost array
  std::optional<Position> first_;
  bool outside_ = false;
};

}  // namespace minben::intake
