#include "coordinates.hpp"

#include <cmath>
#include <memory>

#include <proj.h>

#include "core/core.hpp"

namespace minben::geography {

namespace {

// By parameters, not by EPSG code: no database of PROJ's has to be found where the program runs.
constexpr const char* zone_119 =
    "+proj=tmerc +lat_0=0 +lon_0=119 +k=0.9999 +x_0=250000 +y_0=0 +ellps=GRS80";
constexpr const char* zone_121 =
    "+proj=tmerc +lat_0=0 +lon_0=121 +k=0.9999 +x_0=250000 +y_0=0 +ellps=GRS80";

struct Delete {
  void operator()(PJ_CONTEXT* context) const { proj_context_destroy(context); }
  void operator()(PJ* projection) const { proj_destroy(projection); }
};

/// PROJ's objects belong to one thread each.
struct Projections {
  std::unique_ptr<PJ_CONTEXT, Delete> context{proj_context_create()};
  std::unique_ptr<PJ, Delete> east_119{proj_create(context.get(), zone_119)};
  std::unique_ptr<PJ, Delete> east_121{proj_create(context.get(), zone_121)};
};

PJ* projection(Zone zone) {
  thread_local Projections projections;
  PJ* const found =
      zone == Zone::east_119 ? projections.east_119.get() : projections.east_121.get();
  MINBEN_ASSERT(found != nullptr);
  return found;
}

}  // namespace

bool near_taiwan(Position p) {
  return p.longitude >= 114 && p.longitude <= 126 && p.latitude >= 18 && p.latitude <= 28;
}

std::optional<Tm2> to_tm2(Position position, Zone zone) {
  if (!near_taiwan(position)) return std::nullopt;
  const PJ_COORD out =
      proj_trans(projection(zone), PJ_FWD,
                 proj_coord(proj_torad(position.longitude), proj_torad(position.latitude), 0, 0));
  return Tm2{out.xy.x, out.xy.y};
}

std::optional<Position> to_position(Tm2 place, Zone zone) {
  if (!std::isfinite(place.east) || !std::isfinite(place.north)) return std::nullopt;
  const PJ_COORD out =
      proj_trans(projection(zone), PJ_INV, proj_coord(place.east, place.north, 0, 0));
  const Position position{proj_todeg(out.lp.lam), proj_todeg(out.lp.phi)};
  return near_taiwan(position) ? std::optional(position) : std::nullopt;
}

}  // namespace minben::geography
