#include "outlines.hpp"

#include <algorithm>
#include <cmath>

#include <geos_c.h>

namespace minben::geography {

void Box::add(Tm2 p) {
  west = std::min(west, p.east);
  east = std::max(east, p.east);
  south = std::min(south, p.north);
  north = std::max(north, p.north);
}

void Box::add(const Box& other) {
  west = std::min(west, other.west);
  east = std::max(east, other.east);
  south = std::min(south, other.south);
  north = std::max(north, other.north);
}

bool Outline::holds(Tm2 p) const {
  if (!box.holds(p)) return false;
  bool inside = false;
  for (const Line& ring : rings)
    for (std::size_t i = 1; i < ring.size(); ++i) {
      // From west to east, so that both neighbours of a border compute the same.
      const bool ahead = ring[i - 1].east < ring[i].east;
      const Tm2& a = ahead ? ring[i - 1] : ring[i];
      const Tm2& b = ahead ? ring[i] : ring[i - 1];
      if (p.east < a.east || p.east >= b.east) continue;
      if (p.north < a.north + (b.north - a.north) * (p.east - a.east) / (b.east - a.east))
        inside = !inside;
    }
  return inside;
}

std::size_t Grid::column(double east) const {
  const double at = (east - bounds_.west) / bounds_.width() * side;
  return static_cast<std::size_t>(std::clamp(at, 0.0, side - 1.0));
}

std::size_t Grid::row(double north) const {
  const double at = (north - bounds_.south) / bounds_.height() * side;
  return static_cast<std::size_t>(std::clamp(at, 0.0, side - 1.0));
}

void Grid::build(std::span<const Outline> outlines) {
  for (const Outline& outline : outlines) bounds_.add(outline.box);
  std::vector<std::vector<std::uint32_t>> cells(side * side);
  for (std::size_t i = 0; i < outlines.size(); ++i) {
    const Box& box = outlines[i].box;
    for (std::size_t y = row(box.south); y <= row(box.north); ++y)
      for (std::size_t x = column(box.west); x <= column(box.east); ++x)
        cells[y * side + x].push_back(static_cast<std::uint32_t>(i));
  }
  first_ = {0};
  for (const auto& cell : cells) {
    areas_.insert(areas_.end(), cell.begin(), cell.end());
    first_.push_back(static_cast<std::uint32_t>(areas_.size()));
  }
}

std::span<const std::uint32_t> Grid::near(Tm2 place) const {
  if (bounds_.empty() || !bounds_.holds(place)) return {};
  const std::size_t cell = row(place.north) * side + column(place.east);
  return std::span(areas_).subspan(first_[cell], first_[cell + 1] - first_[cell]);
}

// ------------------------------------------------------------------------------------- GEOS

namespace {

struct Delete {
  void operator()(GEOSContextHandle_HS* context) const { GEOS_finish_r(context); }
};

/// GEOS keeps its state in a handle of each thread.
GEOSContextHandle_t geos() {
  thread_local const std::unique_ptr<GEOSContextHandle_HS, Delete> context(GEOS_init_r());
  return context.get();
}

struct DeleteGeometry {
  void operator()(GEOSGeometry* geometry) const { GEOSGeom_destroy_r(geos(), geometry); }
};
using Geometry = std::unique_ptr<GEOSGeometry, DeleteGeometry>;

static_assert(sizeof(Tm2) == 2 * sizeof(double));

GEOSCoordSequence* sequence(const Line& line) {
  return GEOSCoordSeq_copyFromBuffer_r(geos(), &line.front().east,
                                       static_cast<unsigned>(line.size()), 0, 0);
}

Geometry ring(const Line& line) {
  return Geometry(GEOSGeom_createLinearRing_r(geos(), sequence(line)));
}

double area_twice(const Line& ring) {
  double sum = 0;
  for (std::size_t i = 1; i < ring.size(); ++i)
    sum += (ring[i - 1].east - ring[0].east) * (ring[i].north - ring[0].north) -
           (ring[i].east - ring[0].east) * (ring[i - 1].north - ring[0].north);
  return std::abs(sum);
}

/// The largest polygon with its holes, as it lies in `rings`.
Geometry largest_polygon(const Outline& outline) {
  std::size_t at = 0;
  std::size_t best = 0;
  std::size_t holes = 0;
  double most = -1;
  for (const auto& polygon : outline.polygons) {
    if (!polygon.empty() && area_twice(outline.rings[at]) > most) {
      most = area_twice(outline.rings[at]);
      best = at;
      holes = polygon.size() - 1;
    }
    at += polygon.size();
  }
  if (outline.rings[best].size() < 4) return nullptr;
  Geometry shell = ring(outline.rings[best]);
  std::vector<GEOSGeometry*> inner;
  for (std::size_t i = 1; i <= holes; ++i)
    if (outline.rings[best + i].size() >= 4)
      inner.push_back(ring(outline.rings[best + i]).release());
  return Geometry(GEOSGeom_createPolygon_r(geos(), shell.release(), inner.data(),
                                           static_cast<unsigned>(inner.size())));
}

}  // namespace

Tm2 place_inside(const Outline& outline) {
  const Geometry polygon = largest_polygon(outline);
  const Geometry point(polygon ? GEOSPointOnSurface_r(geos(), polygon.get()) : nullptr);
  Tm2 place;
  if (!point || GEOSGeomGetX_r(geos(), point.get(), &place.east) != 1 ||
      GEOSGeomGetY_r(geos(), point.get(), &place.north) != 1)
    return outline.rings.front().front();  // no surface to speak of
  return place;
}

Line simplified(const Line& line, double tolerance) {
  if (line.size() < 3) return line;
  const Geometry whole(GEOSGeom_createLineString_r(geos(), sequence(line)));
  const Geometry fewer(whole ? GEOSSimplify_r(geos(), whole.get(), tolerance) : nullptr);
  const GEOSCoordSequence* places = fewer ? GEOSGeom_getCoordSeq_r(geos(), fewer.get()) : nullptr;
  unsigned count = 0;
  if (places == nullptr || GEOSCoordSeq_getSize_r(geos(), places, &count) != 1 || count < 2)
    return line;
  Line kept(count);
  if (GEOSCoordSeq_copyToBuffer_r(geos(), places, &kept.front().east, 0, 0) != 1) return line;
  return kept;
}

}  // namespace minben::geography
