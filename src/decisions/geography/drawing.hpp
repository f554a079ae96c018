#pragma once
// Private: from the grid to the sheet.
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "maps.hpp"
#include "outlines.hpp"

namespace minben::geography {

/// The main island, and those that are drawn in frames of their own.
enum class Region { main, penghu, kinmen, lienchiang };
Region region_of(std::string_view county);
/// 烏坵 belongs to 金門 and lies 110 km from it: it is drawn beside it.
Tm2 moved(Region region, Tm2 place);

struct Spot {
  double x = 0;
  double y = 0;
};

/// Where each region lies on the sheet and how large it is drawn.
class Layout {
 public:
  /// Of at least one region, each with what is to be seen of it.
  Layout(const std::map<Region, Box>& regions, double width);
  [[nodiscard]] double width() const { return width_; }
  [[nodiscard]] double height() const { return height_; }
  [[nodiscard]] const std::map<Region, Rect>& insets() const { return insets_; }
  [[nodiscard]] bool has(Region region) const { return views_.contains(region); }
  [[nodiscard]] bool shows(Region region, Tm2 place) const;
  [[nodiscard]] Spot spot(Region region, Tm2 place) const;
  /// Units for a metre.
  [[nodiscard]] double scale(Region region) const { return views_.at(region).scale; }

 private:
  struct View {
    Box ground;
    Rect frame;
    double scale = 1;
    Spot origin;  ///< of the ground's north-west corner
  };
  void add(Region region, const Box& ground, const Rect& frame);
  double width_;
  double height_ = 0;
  std::map<Region, View> views_;
  std::map<Region, Rect> insets_;
};

struct Ground {
  std::vector<Shape> shapes;  ///< areas and paths
  std::string borders;
};

/// Areas of one layer as paths of at most about `bytes` in all, as fine as that allows.
Ground draw(const Layer& layer, std::span<const std::uint32_t> areas, const Layout& layout,
            std::size_t bytes);

/// What a map of these areas shows of each region.
std::map<Region, Box> extent(const Layer& layer, std::span<const std::uint32_t> areas);

/// The places in the layer of areas whose codes begin with one of these; all when there are none.
std::vector<std::uint32_t> inside_of(const Layer& layer, std::span<const std::string> codes);

/// Size, frames, shapes and borders of an empty map.
Result<Map> blank(const Atlas& atlas, const Layer& layer, std::span<const std::uint32_t> areas,
                  const Layout& layout, std::size_t bytes);

/// Remembers what was not found, if there is room and it is new.
void note_example(Map& map, std::string_view what);

}  // namespace minben::geography
