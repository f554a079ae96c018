#pragma once
// Private: one level of the atlas, its outlines on the grid (TWD97 / TM2, zone 121), and what is
// done with lines.
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "geography.hpp"
#include "topology.hpp"

namespace minben::geography {

using Line = std::vector<Tm2>;

struct Box {
  double west = 1e12;
  double south = 1e12;
  double east = -1e12;
  double north = -1e12;
  void add(Tm2 place);
  void add(const Box& other);
  [[nodiscard]] bool empty() const { return west > east; }
  [[nodiscard]] double width() const { return east - west; }
  [[nodiscard]] double height() const { return north - south; }
  [[nodiscard]] bool holds(Tm2 p) const {
    return p.east >= west && p.east <= east && p.north >= south && p.north <= north;
  }
};

struct Outline {
  std::vector<std::vector<Ring>> polygons;
  std::vector<Line> rings;  ///< all of them, closed, arcs joined
  Box box;

  /// Even-odd over all rings, and half open: of two neighbours exactly one holds a place on their
  /// border.
  [[nodiscard]] bool holds(Tm2 place) const;
};

/// Which areas may hold a place: those whose boxes reach into its cell.
class Grid {
 public:
  void build(std::span<const Outline> outlines);
  [[nodiscard]] std::span<const std::uint32_t> near(Tm2 place) const;

 private:
  static constexpr std::size_t side = 256;
  [[nodiscard]] std::size_t column(double east) const;
  [[nodiscard]] std::size_t row(double north) const;
  Box bounds_;
  std::vector<std::uint32_t> first_;  ///< of each cell, and one more
  std::vector<std::uint32_t> areas_;
};

struct Layer {
  std::vector<Area> areas;        ///< by code
  std::vector<Outline> outlines;  ///< of the same
  std::vector<Line> arcs;
  Grid grid;
  /// Keys of name_key() to the places of areas.
  std::unordered_map<std::string, std::vector<std::uint32_t>> names;

  [[nodiscard]] const Area* at(Position position) const;
};

Result<Layer> make_layer(Level level, const Topology& topology);

/// A place on the surface, away from the border where there is room (GEOS).
Tm2 place_inside(const Outline& outline);
/// Fewer places, none further off than `tolerance` metres (GEOS, Douglas-Peucker); the ends stay.
Line simplified(const Line& line, double tolerance);

/// What the rest of the room sees of the atlas.
struct Atlas::Impl {
  std::filesystem::path directory;
  std::mutex mutex[3];
  std::unique_ptr<const Layer> layers[3];
  Result<const Layer*> layer(Level level);
  static Result<Found> named(const Layer& layer, std::string_view key, std::string_view within,
                             Note note);
};

}  // namespace minben::geography
